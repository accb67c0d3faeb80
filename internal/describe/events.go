package describe

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/event"
)

// Shown tells how an event goes over the wire: the text that a receiver of HTTP
// decrypts, and the frame of a stream. Whoever knows the ways passes it in.
type Shown func(event.Happened) (http, stream string, err error)

// Events returns the reference of events by the name of its files: events.md
// with all that are known, and a page for each family of which some are declared.
func Events(shown Shown) (map[string][]byte, error) {
	facts, declared := event.Facts(), map[event.Name]event.Event{}
	for _, e := range event.All() {
		declared[e.Name] = e
	}
	files := map[string][]byte{"events.md": eventIndex(facts, declared)}
	for _, family := range event.Families() {
		var p page
		p.title(family.Title+"事件", "Events: "+family.TitleEN)
		p.text("信封与各种推送方式见[事件](events.md)。类型后的 `?` 表示为空时不出现。")
		p.text("The envelope and the ways are told [there](events.md). A `?` after a type means that the field is absent when empty.")
		found := false
		for i := range facts {
			e, ok := declared[facts[i].Name]
			if facts[i].Family != family.Name || !ok {
				continue
			}
			found = true
			if err := p.event(&e, &facts[i], shown); err != nil {
				return nil, err
			}
		}
		if found {
			files[eventPage(family.Name)] = p.bytes()
		}
	}
	return files, nil
}

// eventPage is the page of a family.
func eventPage(family string) string { return "events-" + family + ".md" }

// eventIndex tells the envelope, and every event that is known.
func eventIndex(facts []event.Fact, declared map[event.Name]event.Event) []byte {
	var p page
	p.title("事件", "Events")
	p.text("变更与其事件在同一事务中保存，随后送达订阅的应用：至少一次，同一对象的事件按变更的先后。应用只收到其权限点允许、可见范围以内的事件，字段按应答同样脱敏。去重用 eventId。")
	p.text("An event is kept in the transaction of its change and then told to the apps that subscribed: at least once, the events of one object in the order of its changes. " +
		"An app is told what its permission points allow, within its visible range, with fields masked as in answers. eventId tells doubles.")
	p.table([]string{"方式 · Way", "内容 · What is sent"}, [][]string{
		{"HTTP 回调 · HTTP callback", "解密后为一个 JSON 对象：信封字段 `EventType`、`EventTime`、`CorpId`、`BizId`、`eventId`，内容的各字段，以及同值的首字母大写写法，供旧版接收端。<br>" +
			"Decrypted, one JSON object: the envelope, the fields of the payload, and these once more with a capital first letter, for receivers of the first generation."},
		{"Stream", "`type` 为 EVENT 的帧；信封在 `headers`，`data` 是内容的 JSON 文本。<br>A frame of type EVENT; the envelope is in `headers`, `data` is the payload as JSON text."},
		{"推送库 · Database push", "`open_sync_biz_data` 或 `open_sync_biz_data_medium` 的一行：`biz_type`、`biz_id`，`biz_data` 为最新状态。<br>" +
			"A row of one of these tables: `biz_type`, `biz_id`, and `biz_data` with the latest state."},
	})
	p.text("应用可见范围以外的人员与部门从列表中去除，全部去除则不发；因变更而离开范围的仍告知编号，不给出变更的值。")
	p.text("Of people and departments outside an app's visible range nothing is told; an event of which nothing is left is not sent. What a change took out of the range is still told, by id and without values.")
	for _, family := range event.Families() {
		if rows := indexRows(facts, family.Name, declared, true); len(rows) > 0 {
			p.heading(2, bilingual(family.Title, family.TitleEN))
			p.table([]string{"事件 · Event", "名称 · Title", "分级 · Grade", "权限点 · Scope", "状态 · State"}, rows)
		}
	}
	p.heading(2, "尚不发出 · Not emitted yet")
	p.text("公开目录所知而平台尚不发出的事件。可以订阅，发出后即收到。字段的类型：s 文本，n 整数，f 小数，b 布尔，[x] 列表。")
	p.text("Events of the public catalogue that nothing causes here yet. They may be subscribed to, and are told once they are. Types: s text, n integer, f number, b truth, [x] list.")
	for _, family := range event.Families() {
		if rows := indexRows(facts, family.Name, declared, false); len(rows) > 0 {
			p.heading(3, bilingual(family.Title, family.TitleEN))
			p.table([]string{"事件 · Event", "名称 · Title", "应用 · Apps", "字段 · Fields", "biz_type"}, rows)
		}
	}
	return p.bytes()
}

// indexRows are the rows of a family's events that are declared, or of those that
// are not.
func indexRows(facts []event.Fact, family string, declared map[event.Name]event.Event, want bool) (rows [][]string) {
	for i := range facts {
		f := &facts[i]
		e, ok := declared[f.Name]
		if f.Family != family || ok != want {
			continue
		}
		if !ok {
			rows = append(rows, []string{code(string(f.Name)), both(f.Title, f.TitleEN), kindsOfApps(f), plain(f.Fields), rowType(f)})
			continue
		}
		state := "发出 · emitted"
		if f.Silent != "" {
			state = "已声明 · declared"
		}
		rows = append(rows, []string{eventLink(e.Name), both(e.Title, e.TitleEN), code(string(e.Grade)), code(string(e.Scope)), state})
	}
	return rows
}

func kindsOfApps(f *event.Fact) string {
	var kinds []string
	if f.Internal {
		kinds = append(kinds, "内部 · internal")
	}
	if f.Suites {
		kinds = append(kinds, "第三方 · suites")
	}
	return strings.Join(kinds, "<br>")
}

func rowType(f *event.Fact) string {
	if f.RowType == 0 {
		return ""
	}
	return strconv.Itoa(f.RowType)
}

// event tells one declared event with an example of each way.
func (p *page) event(e *event.Event, f *event.Fact, shown Shown) error {
	p.heading(2, code(string(e.Name)))
	p.text("**%s** · %s", plain(e.Title), plain(e.TitleEN))
	p.text("%s", plain(e.Doc))
	rows := [][]string{{"权限点 · Scope", scopeLink(e.Scope)}, {"分级 · Grade", code(string(e.Grade)) + " " + gradeTitle(e.Grade)}}
	if e.Silent != "" {
		rows = append(rows, []string{"尚不发出 · Not emitted yet", plain(e.Silent)})
	}
	p.table([]string{" ", " "}, rows)
	if rows := answerRows(e.Payload, ""); len(rows) > 0 {
		p.table([]string{"字段 · Field", "类型 · Type", "分级 · Grade", "脱敏 · Mask", "字段权限 · Needs", "说明 · Meaning"}, rows)
	} else {
		p.text("没有信封以外的字段。Nothing beside the envelope.")
	}
	http, stream, err := shown(exampleOf(e))
	if err != nil {
		return fmt.Errorf("describe: %s: %w", e.Name, err)
	}
	p.heading(3, "HTTP 回调，解密后 · HTTP callback, decrypted")
	p.code("json", indented(http))
	p.heading(3, "Stream 的帧 · Stream frame")
	p.code("json", indented(stream))
	p.eventRow(f)
	return nil
}

// eventRow tells the row of the database push, if the catalogue knows one.
func (p *page) eventRow(f *event.Fact) {
	if f.RowType == 0 {
		return
	}
	table := "open_sync_biz_data_medium"
	if f.HighTable {
		table = "open_sync_biz_data"
	}
	p.heading(3, "推送库的行 · Row of the database push")
	rows := [][]string{{"表 · Table", code(table)}, {"`biz_type`", strconv.Itoa(f.RowType)}, {"`biz_id`", rowID(f.RowType)}, {"`syncAction`", code(string(f.Name))}}
	if f.RowFields != "" {
		rows = append(rows, []string{"`biz_data`", plain(f.RowFields)})
	}
	p.table([]string{" ", " "}, rows)
}

// rowID is what the id of a row of the type is.
func rowID(rowType int) string {
	switch rowType {
	case 2, 4:
		return "suiteId"
	case 7:
		return "appId"
	case 13, 20:
		return "userid"
	case 14:
		return "deptId"
	case 15:
		return "roleId"
	case 16:
		return "corpid"
	}
	return "–"
}

// exampleOf is an event that happened once, the same in all documents.
func exampleOf(e *event.Event) event.Happened {
	at := time.UnixMilli(1795305600000).UTC()
	return event.Happened{Corp: "dingdemo0f3c2a91b7d84e65a0c1b2d3e4f5", ID: 912256482103296001, Name: e.Name, At: at, MadeAt: at, Payload: EventExample(e)}
}

// indented is JSON as people read it.
func indented(text string) string {
	v := jsontext.Value(text)
	if err := v.Indent(jsontext.WithIndent("  ")); err != nil {
		return text
	}
	return string(v)
}

func eventLink(n event.Name) string {
	for _, f := range event.Facts() {
		if f.Name == n {
			return "[`" + string(n) + "`](" + eventPage(f.Family) + "#" + anchor(string(n)) + ")"
		}
	}
	return code(string(n))
}
