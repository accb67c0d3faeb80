package describe_test

import (
	"context"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// library is a made-up catalogue that has one of everything a document has to
// say: both dialects and the console, every kind of field, limits, masks, field
// scopes, shared and nested types, lists at the top, nothing at all.
func library() []op.Operation {
	return []op.Operation{
		op.V1("/topapi/v2/book/get", handle[bookGet, book], op.Spec{Title: "查询图书", TitleEN: "Get a book",
			Doc: "Returns one book. Decision: a lent book is returned with its *reader*.", Verb: op.Read, Scope: scope.Member, Group: "library.read"}),
		op.V1("/topapi/book/list", handle[bookList, []book], op.Spec{Title: "图书列表", TitleEN: "List books",
			Doc: "A page of books, newest first.", Verb: op.Read, Scope: scope.Base, Group: "library.read"}),
		op.V1("/topapi/book/lend", handle[bookLend, op.None], op.Spec{Title: "借出图书", TitleEN: "Lend a book",
			Doc: "Refuses a book that is lent.", Verb: op.Manage, Scope: scope.ManageAddresses, Group: "library.write", MaxBody: 4096}),
		op.V1("/library/card", handle[tokenGet, token], op.Spec{Title: "获取借书证", TitleEN: "Get a reader's card",
			Doc: "Good for 7200 seconds.", As: op.Anyone, Verb: op.Read, Group: "cards.token"}),

		op.V2("GET /v1.0/library/books/{bookId}", handle[bookOf, bookV2], op.Spec{Title: "查询图书", TitleEN: "Get a book",
			Doc: "As its v1 twin.", As: op.AppOrPerson, Verb: op.Read, Scope: scope.ContactUserRead, Group: "library.read"}),
		op.V2("PUT /v1.0/library/books/{bookId}", handle[bookPut, bookV2], op.Spec{Title: "修改图书", TitleEN: "Change a book",
			Doc: "Replaces what is given.", Verb: op.Write, Scope: scope.ManageAddresses, Group: "library.write"}),
		op.V2("DELETE /v1.0/library/books/{bookId}", handle[bookOf, op.None], op.Spec{Title: "删除图书", TitleEN: "Remove a book",
			Doc: "For good.", Verb: op.Write, Scope: scope.ManageAddresses, Group: "library.write"}),
		op.V2("POST /v1.0/library/cards", handle[cardRequest, token], op.Spec{Title: "获取借书证", TitleEN: "Get a reader's card",
			Doc: "As /library/card.", As: op.Anyone, Verb: op.Read, Group: "cards.token"}),

		op.Console("book.list", handle[bookListRequest, bookListResponse], op.Spec{Title: "图书", TitleEN: "Books", Doc: "d", As: op.Session, Verb: op.Read}),
		op.Console("book.update", handle[bookUpdateRequest, op.None], op.Spec{Title: "修改", TitleEN: "Change", Doc: "d", As: op.Admin, Verb: op.Write}),
		op.Console("book.count", handle[op.None, bookCountResponse], op.Spec{Title: "数量", TitleEN: "Count", Doc: "d", As: op.Operator, Verb: op.Read}),
	}
}

func handle[Req, Resp any](context.Context, op.Caller, *Req) (*Resp, error) { return new(Resp), nil }

type bookGet struct {
	ID       string `json:"book_id" required:"true" maxLen:"64" doc:"图书编号"`
	Language string `json:"language" enum:"zh_CN,en_US" default:"zh_CN" doc:"语言"`
}

type book struct {
	ID      string            `json:"book_id" grade:"R1" doc:"图书编号"`
	Title   string            `json:"title" grade:"R1" doc:"书名 | 副题"`
	Authors []string          `json:"authors" grade:"R1" doc:"作者"`
	Reader  *reader           `json:"reader,omitzero" doc:"借书人；未借出时没有"`
	Copies  map[string]int64  `json:"copies" grade:"R1" doc:"各馆册数"`
	History []reader          `json:"history" needs:"fieldEmail" doc:"借过的人"`
	Marks   map[string]string `json:"marks,omitempty" grade:"R2" mask:"hide" doc:"批注"`
	Price   float64           `json:"price" grade:"R1" doc:"定价"`
}

type reader struct {
	Name   string `json:"name" grade:"R2" mask:"name" doc:"姓名"`
	Mobile string `json:"mobile,omitempty" grade:"R2" mask:"phone" needs:"fieldMobile" doc:"手机号"`
}

type bookList struct {
	Cursor int64     `json:"cursor" min:"0" doc:"游标"`
	Size   int64     `json:"size" min:"1" max:"100" default:"20" rule:"page.size" doc:"条数"`
	IDs    op.CSV    `json:"book_ids" maxItems:"10" maxLen:"64" doc:"只要这些"`
	Years  op.CSVInt `json:"years" min:"1900" doc:"出版年份"`
}

type bookLend struct {
	ID     string `json:"book_id" required:"true" doc:"图书编号"`
	Reader struct {
		Name   string `json:"name" required:"true" minLen:"1" maxLen:"80" doc:"姓名"`
		Mobile string `json:"mobile" grade:"R2" doc:"手机号"`
	} `json:"reader" required:"true" doc:"借书人"`
	Extra op.JSONText `json:"extra" maxLen:"1000" doc:"其他"`
}

type tokenGet struct {
	Key    string `json:"appkey" doc:"AppKey"`
	Secret string `json:"appsecret" doc:"AppSecret"`
}

type token struct {
	Token   string `json:"access_token" grade:"R2" mask:"hide"`
	Expires int64  `json:"expires_in" grade:"R1"`
}

type bookOf struct {
	ID     string `path:"bookId" doc:"图书编号"`
	Fields op.CSV `query:"fields" doc:"只要这些字段"`
}

type bookV2 struct {
	ID     string `json:"bookId" grade:"R1" doc:"图书编号"`
	Shelf  *shelf `json:"shelf,omitzero" doc:"书架"`
	Reader reader `json:"reader" doc:"借书人"`
}

type shelf struct {
	Room string `json:"room" required:"true" grade:"R1" doc:"房间"`
	Row  int32  `json:"row" min:"1" grade:"R1" doc:"排"`
}

type bookPut struct {
	ID    string `path:"bookId" doc:"图书编号"`
	Title string `json:"title" maxLen:"200" doc:"书名"`
	Shelf shelf  `json:"shelf" doc:"书架"`
	Lent  *bool  `json:"lent" doc:"是否借出"`
}

type cardRequest struct {
	Key    string `json:"appKey" required:"true" doc:"AppKey"`
	Secret string `json:"appSecret" required:"true" doc:"AppSecret"`
}

type bookState string

type bookListRequest struct {
	Search string      `json:"search" doc:"d"`
	State  bookState   `json:"state" enum:"in,out" doc:"d"`
	Grades []string    `json:"grades" enum:"R1,R2" doc:"d"`
	Grade  scope.Grade `json:"grade" enum:"R1,R2" doc:"d"`
	Level  int         `json:"level" enum:"1,2" doc:"d"`
	Size   int         `json:"size" required:"true" doc:"d"`
}

type bookListResponse struct {
	List       []bookItem `json:"list"`
	NextCursor string     `json:"nextCursor,omitempty" grade:"R1"`
	HasMore    bool       `json:"hasMore" grade:"R1"`
}

type bookItem struct {
	ID    int64             `json:"bookId" grade:"R1"`
	State bookState         `json:"state" enum:"in,out" grade:"R1"`
	Grade scope.Grade       `json:"grade" grade:"R1"`
	Notes map[string]string `json:"notes" grade:"R1"`
	Raw   op.JSONText       `json:"raw-text" grade:"R1"`
	Score float64           `json:"score,omitzero" grade:"R1"`
	Pair  struct {
		A int `json:"a" grade:"R1"`
	} `json:"pair"`
}

type bookUpdateRequest struct {
	ID    int64  `json:"bookId" required:"true" doc:"d"`
	Shelf *shelf `json:"shelf" doc:"d"`
}

type bookCountResponse struct {
	Total int64 `json:"total" grade:"R1"`
	Shelf shelf `json:"shelf"`
}
