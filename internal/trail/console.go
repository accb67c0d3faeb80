package trail

import (
	"context"
	"errors"
	"strconv"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Console returns what the console may ask of the trail.
func (t *Trail) Console() []op.Operation {
	return []op.Operation{
		op.Console("disclosure.list", t.list, op.Spec{Title: "查询敏感字段的查看记录", TitleEN: "List disclosures", As: op.Admin, Verb: op.Read,
			Doc: "Who saw or changed which graded fields of whom, the newest first. personId finds records that name the person; a record names at most 100. A page that looked through 50,000 records ends, perhaps empty, with hasMore."}),
		op.Console("disclosure.export", t.exportPage, op.Spec{Title: "导出敏感字段的查看记录", TitleEN: "Export disclosures", As: op.Admin, Verb: op.Read,
			Doc: "Lines of JSON for gatepost audit verify: a header, the tombstone of what the retention removed, records with their hashes, and a seal at the end of each page. The next page is asked for with after."}),
		op.Console("disclosure.verify", t.verify, op.Spec{Title: "校验敏感字段的查看记录", TitleEN: "Verify disclosures", As: op.Admin, Verb: op.Read,
			Doc: "Checks the company's whole chain and tells the first record that does not fit. With a seal that was kept elsewhere, it finds whether the end was cut or all was computed anew."}),
		op.Console("disclosure.seal", t.head, op.Spec{Title: "签名敏感字段的查看记录", TitleEN: "Seal the disclosures", As: op.Admin, Verb: op.Write,
			Doc: "Signs the last record, and with it all before it. Whoever keeps the seal elsewhere finds later whether anything under it was changed or cut. Refused where the chain does not fit already."}),
	}
}

type listRequest struct {
	PersonID string   `json:"personId" maxLen:"64" doc:"被查看的员工或外部联系人"`
	UserID   id.User  `json:"userId" maxLen:"64" doc:"查看者"`
	AgentID  id.Agent `json:"agentId" doc:"查看的应用"`
	Field    string   `json:"field" maxLen:"64" doc:"字段名，如 mobile"`
	Since    int64    `json:"since" min:"0" doc:"不早于，毫秒"`
	Until    int64    `json:"until" min:"0" doc:"不晚于，毫秒"`
	Cursor   string   `json:"cursor" maxLen:"20" doc:"上一页的 nextCursor"`
	Size     int      `json:"size" min:"1" max:"100" default:"20" doc:"每页条数"`
}

type listResponse struct {
	List       []listItem `json:"list"`
	NextCursor string     `json:"nextCursor,omitempty" grade:"R1"`
	HasMore    bool       `json:"hasMore" grade:"R1"`
}

type listItem struct {
	Seq       int64    `json:"seq" grade:"R1"`
	At        int64    `json:"at" grade:"R1"`
	RequestID string   `json:"requestId" grade:"R1"`
	As        string   `json:"as" grade:"R1"`
	AppKey    id.App   `json:"appKey,omitempty" grade:"R1"`
	AgentID   id.Agent `json:"agentId,omitzero" grade:"R1"`
	UserID    id.User  `json:"userId,omitempty" grade:"R1"`
	Operation string   `json:"operation" grade:"R1"`
	Change    bool     `json:"change" grade:"R1"`
	Fields    []string `json:"fields" grade:"R1"`
	People    []string `json:"people" grade:"R1"`
	Count     int      `json:"count" grade:"R1"`
	Times     int      `json:"times" grade:"R1"`
}

func (t *Trail) list(ctx context.Context, who op.Caller, q *listRequest) (*listResponse, error) {
	f := filter{person: q.PersonID, user: q.UserID, agent: q.AgentID, field: q.Field, since: q.Since, until: q.Until, size: q.Size}
	if q.Cursor == "" {
		if err := t.Flush(ctx); err != nil {
			return nil, err
		}
	} else {
		var err error
		if f.before, err = strconv.ParseInt(q.Cursor, 10, 64); err != nil || f.before < 1 {
			return nil, apierror.ParameterInvalid.With("name", "cursor").Want("the nextCursor of the page before").Got("%s", q.Cursor)
		}
	}
	found, next, err := t.page(ctx, who.Corp, f)
	if err != nil {
		return nil, err
	}
	answer := &listResponse{List: []listItem{}, HasMore: next > 1}
	if answer.HasMore {
		answer.NextCursor = strconv.FormatInt(next, 10)
	}
	for _, r := range found {
		answer.List = append(answer.List, listItem{r.Seq, r.At, r.Call, r.As, r.App, r.Agent, r.User, r.Op, r.Change, r.Fields, r.People, r.Count, max(r.Times, 1)})
	}
	return answer, nil
}

type exportRequest struct {
	Since int64 `json:"since" min:"0" doc:"不早于，毫秒"`
	Until int64 `json:"until" min:"0" doc:"不晚于，毫秒"`
	After int64 `json:"after" min:"0" doc:"上一页的 next"`
	Size  int   `json:"size" min:"1" max:"5000" default:"1000" doc:"每页记录数"`
}

type exportResponse struct {
	Lines []string `json:"lines" grade:"R1"`
	Next  int64    `json:"next,omitzero" grade:"R1"`
}

func (t *Trail) exportPage(ctx context.Context, who op.Caller, q *exportRequest) (*exportResponse, error) {
	lines, next, err := t.export(ctx, who.Corp, q.Since, q.Until, q.After, q.Size)
	if lines == nil {
		lines = []string{}
	}
	return &exportResponse{lines, next}, err
}

type sealFields struct {
	Seq  int64  `json:"seq" min:"1" required:"true" doc:"封印的记录号"`
	Hash string `json:"hash" required:"true" maxLen:"64" doc:"该记录的哈希"`
	At   int64  `json:"at" required:"true" doc:"封印时间，毫秒"`
	Sig  string `json:"sig" required:"true" maxLen:"100" doc:"签名，base64"`
}

type verifyRequest struct {
	Seal *sealFields `json:"seal" doc:"另外保存的封印"`
}

// VerifyResponse is what a check of a chain saw.
type VerifyResponse struct {
	OK      bool         `json:"ok" grade:"R1"`
	CorpID  id.Corp      `json:"corpId" grade:"R1"`
	Records int64        `json:"records" grade:"R1"`
	First   int64        `json:"first" grade:"R1"`
	Last    int64        `json:"last" grade:"R1"`
	Removed int64        `json:"removed" grade:"R1"`
	Seals   int64        `json:"seals" grade:"R1"`
	Sealed  int64        `json:"sealed" grade:"R1"`
	Problem *ProblemView `json:"problem,omitempty"`
}

// ProblemView is the first thing that does not fit.
type ProblemView struct {
	Seq      int64  `json:"seq" grade:"R1"`
	What     string `json:"what" grade:"R1"`
	Expected string `json:"expected" grade:"R1"`
	Found    string `json:"found" grade:"R1"`
}

func (t *Trail) verify(ctx context.Context, who op.Caller, q *verifyRequest) (*VerifyResponse, error) {
	var kept *Seal
	if q.Seal != nil {
		sig, err := unkey(q.Seal.Sig)
		if err != nil {
			return nil, apierror.ParameterInvalid.With("name", "seal.sig").Want("text in base64").Got("%s", q.Seal.Sig)
		}
		kept = &Seal{who.Corp, q.Seal.Seq, q.Seal.Hash, q.Seal.At, sig}
	}
	r, err := t.Verify(ctx, who.Corp, kept)
	if err != nil {
		return nil, err
	}
	return r.View(), nil
}

// View is the report as it is answered.
func (r Report) View() *VerifyResponse {
	v := &VerifyResponse{r.Problem == nil, r.Corp, r.Records, r.First, r.Last, r.Removed, r.Seals, r.Sealed, nil}
	if p := r.Problem; p != nil {
		v.Problem = &ProblemView{p.Seq, p.What, p.Expected, p.Found}
	}
	return v
}

type headResponse struct {
	Seq  int64  `json:"seq" grade:"R1"`
	Hash string `json:"hash" grade:"R1"`
	At   int64  `json:"at" grade:"R1"`
	Sig  string `json:"sig" grade:"R1"`
	Key  string `json:"key" grade:"R1"`
}

func (t *Trail) head(ctx context.Context, who op.Caller, _ *op.None) (*headResponse, error) {
	if err := t.Flush(ctx); err != nil {
		return nil, err
	}
	s, err := t.Seal(ctx, who.Corp)
	if p, broken := errors.AsType[*Problem](err); broken {
		return nil, apierror.DisclosuresBroken.With("seq", p.Seq, "what", p.What).Want("%s", p.Expected).Got("%s", p.Found)
	}
	if err != nil {
		return nil, err
	}
	return &headResponse{s.Seq, s.Hash, s.At, Key(s.Sig), Key(t.public())}, nil
}
