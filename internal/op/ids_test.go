package op

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/id"
)

type chart struct {
	User  id.User             `json:"user" grade:"R1"`
	Text  string              `json:"text" id:"userid" grade:"R1"`
	Mark  string              `json:"mark" person:"unionid" grade:"R1"`
	Me    string              `json:"me" id:"unionid" word:"me" grade:"R1"`
	Bars  string              `json:"bars" id:"userid" sep:"|, " grade:"R1"`
	Corp  *id.Corp            `json:"corp" grade:"R1"`
	List  CSV                 `json:"list" id:"userid" grade:"R1"`
	Deep  []*chartItem        `json:"deep"`
	Map   map[string]id.Open  `json:"map" grade:"R1"`
	Maps  map[string][]string `json:"maps" id:"chatid" grade:"R1"`
	New   id.User             `json:"new" id:"-" grade:"R1"`
	Other string              `json:"other" grade:"R1"`
}

type chartItem struct {
	User id.User `json:"user" grade:"R1"`
}

func TestTurn(t *testing.T) {
	t.Parallel()
	corp := id.Corp("ding")
	list := CSV{"a", "b"}
	v := &chart{User: "u", Text: "t", Mark: "m", Me: "me", Bars: "a|b, c", Corp: &corp, List: list, Deep: []*chartItem{{"d"}, nil},
		Map: map[string]id.Open{"u": "o"}, Maps: map[string][]string{"x": {"c"}}, New: "u", Other: "u"}
	fields := map[string]bool{}
	turn := func(kind IDKind, field, text string) (string, error) {
		fields[field] = true
		return string(kind[0]) + "-" + text, nil
	}
	if err := Describe[chart]().IDPlan().Turn(v, turn); err != nil {
		t.Fatal(err)
	}
	turned := id.Corp("c-ding")
	want := &chart{User: "u-u", Text: "u-t", Mark: "u-m", Me: "me", Bars: "u-a|u-b|u-c", Corp: &turned, List: CSV{"u-a", "u-b"},
		Deep: []*chartItem{{"u-d"}, nil}, Map: map[string]id.Open{"u": "o-o"}, Maps: map[string][]string{"x": {"c-c"}}, New: "u", Other: "u"}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("turned into %+v", v)
	}
	if list[0] != "a" || !fields["deep.user"] || fields["me"] {
		t.Errorf("list %v, fields %v", list, fields)
	}
	wrong := errors.New("wrong")
	for range 3 {
		if err := Describe[chart]().IDPlan().Turn(want, func(IDKind, string, string) (string, error) { return "", wrong }); !errors.Is(err, wrong) {
			t.Errorf("an error is told as %v", err)
		}
	}
	if err := Describe[chart]().IDPlan().Turn(&chart{}, func(IDKind, string, string) (string, error) { return "", wrong }); err != nil {
		t.Errorf("what is empty was turned: %v", err)
	}
}

func TestNoIDsNoPlan(t *testing.T) {
	t.Parallel()
	if Describe[boss]().IDPlan() != nil {
		t.Error("an object without ids has a plan")
	}
	if err := (*IDPlan)(nil).Turn(&boss{"x"}, nil); err != nil {
		t.Error(err)
	}
}

func TestWrongIDTags(t *testing.T) {
	t.Parallel()
	panics := func(want string, f func()) {
		defer func() {
			if p, _ := recover().(string); !strings.Contains(p, want) {
				t.Errorf("%q, want %q", p, want)
			}
		}()
		f()
	}
	panics("is no telephone", func() {
		Describe[struct {
			A string `json:"a" id:"telephone" grade:"R1"`
		}]()
	})
	panics("is no userid", func() {
		Describe[struct {
			A int64 `json:"a" id:"userid" grade:"R1"`
		}]()
	})
	panics("sep and word are of ids", func() {
		Describe[struct {
			A string `json:"a" sep:"," grade:"R1"`
		}]()
	})
}
