package audit

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// rows are calls of every kind that a segment has to give back as they were.
func rows() []row {
	at := id.Call(700 << 40)
	plain := row{corp: "ding1", id: at + 9, at: time.UnixMilli(at.Time().UnixMilli() + 3), agent: 12, outcome: OK, path: "/topapi/v2/user/get",
		detail: detail{what: what{Method: "POST", Dialect: "v1", Operation: "user.get", TitleZH: "查询", TitleEN: "Get a person", Scope: "s", Grade: "R1"},
			who: who{App: "dingapp", User: "ZhangSan", IP: "10.0.0.1"}, how: how{Last: "answer", Status: 200}, TookUS: 150,
			Steps: []stepDetail{{"find", 1}, {"answer", 0}}, In: 20, Out: 571}}
	refused := plain
	refused.id, refused.outcome, refused.agent = at+1, Refused, 0
	refused.detail.how = how{Last: "permit", Status: 403, Rule: "scope.missing", Code: "60011", Values: map[string]string{"a": "1", "b": ""},
		Expected: "x", ExpectedEN: "y", Found: "没有", FoundEN: "none", Canonical: "POST&/x", Scopes: []string{"s"}, Warnings: []string{"usrid"},
		Masked: []string{"mobile"}, Suppressed: []suppressed{{"mobile", op.WhyRule, "", 7}, {"mobile", op.WhyScope, "f", 0}},
		Fix: &apierror.Fix{Kind: "ip", Agent: -3, Value: "10.0.0.1"}}
	refused.detail.Steps = nil
	failed := plain
	failed.id, failed.outcome, failed.at, failed.path = at+5, Failed, time.UnixMilli(0), ""
	return []row{plain, refused, failed}
}

func bound(t testing.TB, list []row) segment {
	t.Helper()
	var b binder
	for i := range list {
		b.add(&list[i])
	}
	done := b.end()
	if len(done) != 1 {
		t.Fatalf("%d segments", len(done))
	}
	return done[0]
}

func TestASegmentGivesBackWhatItTook(t *testing.T) {
	t.Parallel()
	list := rows()
	s := bound(t, list)
	if s.first != list[1].id || s.last != list[0].id || s.counts != (counts{3, 1, 1}) {
		t.Errorf("%d to %d, %+v", s.first, s.last, s.counts)
	}
	agents := map[id.Agent]counts{}
	for a, c := range callers(s.agents) {
		agents[a] = c
	}
	if want := map[id.Agent]counts{0: {1, 1, 0}, 12: {2, 0, 1}}; !reflect.DeepEqual(agents, want) {
		t.Errorf("apps %v", agents)
	}
	o, err := open("ding1", s.body)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if got := o.row(&o.calls[i]); !reflect.DeepEqual(got, list[i]) {
			t.Errorf("got\n%+v, want\n%+v", got, list[i])
		}
	}
}

// A search finds a part of any word, also one that begins in one text and ends in
// the next, as if the texts were one.
func TestSearchInASegment(t *testing.T) {
	t.Parallel()
	s := bound(t, rows())
	o, err := open("ding1", s.body)
	if err != nil {
		t.Fatal(err)
	}
	var texts trigrams
	for _, w := range []string{words(o.paths[0]), o.whats[0].words(), o.whos[0].words(), o.whos[1].words(), o.hows[0].words(), o.hows[1].words()} {
		texts = texts.collect(w)
	}
	filter := texts.filter()
	for part, want := range map[string]string{
		"zhangsan": "yyy", "person dingapp": "yyy", "user/get user.get": "yyn", "10.0.0.1 scope.missing 60011": "nyn",
		"没有": "nyn", "有 no": "nyn", "nowhere": "nnn", "xx": "nnn", "get  person": "nnn",
	} {
		look := o.searching(part)
		var got strings.Builder
		for i := range o.calls {
			got.WriteByte("ny"[map[bool]int{true: 1}[look.matches(&o.calls[i])]])
		}
		if got.String() != want {
			t.Errorf("%q: %s, want %s", part, got.String(), want)
		}
		if strings.Contains(want, "y") && !mayFind(filter, part) {
			t.Errorf("%q: the filter hides it", part)
		}
	}
	if mayFind(filter, "nowhere") {
		t.Error("the filter lets everything pass")
	}
	if !mayFind(nil, "nowhere") {
		t.Error("without a filter nothing may be left out")
	}
}

// Two minutes, or two corps, are two segments; so is what is too much for one.
func TestWhatIsBoundApart(t *testing.T) {
	t.Parallel()
	var b binder
	add := func(corp id.Corp, at id.Call) {
		r := rows()[0]
		r.corp, r.id = corp, at
		b.add(&r)
	}
	start := endOfMinute(700 << 40)
	add("a", start-1)
	add("a", start)
	add("b", start)
	for n := range id.Call(segmentMost) {
		add("c", start+n)
	}
	add("c", start+segmentMost)
	got := b.end()
	if len(got) != 5 || len(b.end()) != 0 {
		t.Errorf("%d segments", len(got))
	}
	for _, s := range got {
		if minute(s.first) != minute(s.last) || s.counts.calls > segmentMost {
			t.Errorf("%d to %d, %d calls", s.first, s.last, s.counts.calls)
		}
	}
}

// FuzzOpen: whatever stands in the database, reading it ends, and with an error or
// with calls that can be told.
func FuzzOpen(f *testing.F) {
	list := rows()
	f.Add(bound(f, list).body)
	f.Add(bound(f, list[:1]).body)
	f.Add([]byte{segmentVersion})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := open("ding1", body)
		if err != nil {
			return
		}
		for i := range o.calls {
			_ = o.row(&o.calls[i])
			_ = o.searching("a b").matches(&o.calls[i])
		}
	})
}
