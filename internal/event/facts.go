package event

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/scope"
)

// A table of facts: name, family, titles, kinds of apps, fields as the stream
// tells them, fields as HTTP tells them where they differ, and of the database
// push the type of its rows, their table, and their fields where they differ.
//
//go:embed facts.tsv
var factTable string

// Fact is what the public catalogue knows of an event, whether it is declared
// here or not.
type Fact struct {
	Name           Name
	Family         string
	Title, TitleEN string
	Internal       bool   // told to a company's own apps, by HTTP and stream
	Suites         bool   // told to vendors' apps, by stream and database push
	Fields         string // name:type, where s, n, f and b are string, integer, number and truth
	HTTPFields     string // as HTTP spells them; empty: the same
	RowType        int    // biz_type of the database push; 0: there is none
	HighTable      bool   // whether its rows stand in open_sync_biz_data, else in open_sync_biz_data_medium
	RowFields      string // of the row's data; empty: the same
	State          FactState
	Silent         string // why a declared event is not emitted yet
}

// FactState says how far an event that is known is offered.
type FactState string

// The states of known events.
const (
	Emitted  FactState = "emitted"  // changes cause it
	Declared FactState = "declared" // its payload is declared, and nothing causes it yet
	Unmade   FactState = "known"    // nothing more than that it is known
)

// Facts returns every event that the public catalogue knows, family by family,
// and after them those that are declared and that it does not know. It panics on
// a row that is none, which any test of the tree meets.
func Facts() []Fact {
	declared := map[Name]Event{}
	for _, e := range All() {
		declared[e.Name] = e
	}
	var list []Fact
	for line := range strings.Lines(factTable) {
		f := factOf(strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		if e, ok := declared[f.Name]; ok {
			f.declare(&e)
			delete(declared, f.Name)
		}
		list = append(list, f)
	}
	for _, e := range All() {
		if _, ours := declared[e.Name]; ours {
			f := Fact{Name: e.Name, Family: familyOther}
			f.declare(&e)
			list = append(list, f)
		}
	}
	return list
}

func factOf(c []string) Fact {
	if len(c) != 10 || c[0] == "" || c[2] == "" || c[3] == "" {
		panic("event: not a row of known events: " + strings.Join(c, "\t"))
	}
	f := Fact{Name: Name(c[0]), Family: c[1], Title: c[2], TitleEN: c[3], Internal: strings.Contains(c[4], "I"), Suites: strings.Contains(c[4], "T"),
		Fields: c[5], HTTPFields: c[6], HighTable: c[8] == "high", RowFields: c[9], State: Unmade}
	if c[7] != "" {
		n, err := strconv.Atoi(c[7])
		if err != nil {
			panic("event: " + c[0] + ": biz_type is no number: " + c[7])
		}
		f.RowType = n
	}
	return f
}

// declare completes what is known by what is declared, which goes before.
func (f *Fact) declare(e *Event) {
	f.Title, f.TitleEN, f.Silent, f.State = e.Title, e.TitleEN, e.Silent, Emitted
	if e.Silent != "" {
		f.State = Declared
	}
}

// Check tells of names to be subscribed to which are known and not emitted yet,
// and the first that is not known at all, with the known one that is nearest to
// it. Every stands for all.
func Check(names []Name) (silent []Name, unknown, nearest Name) {
	known := Facts()
	for _, n := range names {
		i := slices.IndexFunc(known, func(f Fact) bool { return f.Name == n })
		switch {
		case n == Every:
		case i < 0:
			return nil, n, nearestOf(known, n)
		case known[i].State != Emitted:
			silent = append(silent, n)
		}
	}
	return silent, "", ""
}

func nearestOf(known []Fact, n Name) Name {
	return slices.MinFunc(known, func(a, b Fact) int {
		return scope.Distance(string(a.Name), string(n)) - scope.Distance(string(b.Name), string(n))
	}).Name
}

// Family is a group of events about one matter.
type Family struct{ Name, Title, TitleEN string }

const familyOther = "other"

// Families returns all families in the order of Facts.
func Families() []Family {
	return []Family{
		{"directory", "通讯录", "Directory"}, {"role", "角色", "Roles"}, {"contact", "外部联系人", "External contacts"},
		{"app", "内部应用", "Internal apps"}, {"suite", "第三方应用", "Suites"}, {"document", "文档与存储", "Documents and files"},
		{"checkin", "签到", "Check-in"}, {"attendance", "考勤与假期", "Attendance and leave"}, {"approval", "审批", "Approvals"},
		{"chat", "群会话与机器人", "Chats and robots"}, {"calendar", "日程、待办与公告", "Calendar, to-dos, announcements"}, {"project", "项目", "Projects"},
		{"meeting", "会议与直播", "Meetings and broadcasts"}, {"service", "服务群与服务号", "Service groups and accounts"}, {"device", "智能设备", "Devices"},
		{"personnel", "人事、招聘与目标", "Personnel, recruiting, objectives"}, {"finance", "财务与支付", "Finance and payments"},
		{"crm", "客户与主数据", "Customers and master data"}, {"market", "应用市场", "Market"}, {"security", "专属与安全", "Security"},
		{"medical", "医疗", "Medical"}, {"education", "教育", "Education"}, {"shop", "门店", "Shops"}, {familyOther, "其他", "Other"},
	}
}
