package describe

import (
	"github.com/gatepost/gatepost/internal/event"
)

// Events is the page of declared events.
func Events(events []event.Event) []byte {
	var p page
	p.title("事件", "Events")
	p.text("以下是已声明的事件与各自的内容。信封字段 `EventType`、`EventTime`、`CorpId`、`BizId`、`eventId` 每个事件都有，不再列出。事件的投递尚未提供。")
	p.text("These events are declared, each with its payload. The envelope (`EventType`, `EventTime`, `CorpId`, `BizId`, `eventId`) is common to all. Delivery is not offered yet.")
	var rows [][]string
	for _, e := range events {
		rows = append(rows, []string{"[`" + string(e.Name) + "`](#" + anchor(string(e.Name)) + ")", both(e.Title, e.TitleEN), code(string(e.Grade)), code(string(e.Scope))})
	}
	p.table([]string{"事件 · Event", "名称 · Title", "分级 · Grade", "权限点 · Scope"}, rows)
	for _, e := range events {
		p.heading(2, code(string(e.Name)))
		p.text("**%s** · %s", plain(e.Title), plain(e.TitleEN))
		p.text("%s", plain(e.Doc))
		p.table([]string{" ", " "}, [][]string{{"权限点 · Scope", scopeLink(e.Scope)}, {"分级 · Grade", code(string(e.Grade)) + " " + gradeTitle(e.Grade)}})
		if rows := answerRows(e.Payload, ""); len(rows) > 0 {
			p.table([]string{"字段 · Field", "类型 · Type", "分级 · Grade", "脱敏 · Mask", "字段权限 · Needs", "说明 · Meaning"}, rows)
		} else {
			p.text("没有信封以外的字段。Nothing beside the envelope.")
		}
	}
	return p.bytes()
}

func eventLink(n event.Name) string {
	return "[`" + string(n) + "`](events.md#" + anchor(string(n)) + ")"
}
