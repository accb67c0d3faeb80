package op

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/scope"
)

func blur(t *testing.T, kind Mask, pattern, replacement string) Blur {
	t.Helper()
	b, err := NewBlur(kind, pattern, replacement)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBlur(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		pattern, replacement, in, want string
	}{
		{`\d{4}`, "#", "tel 13812341234", "tel ##234"},
		{`^(.).*$`, "$1…", "王小明", "王…"},
		{`x`, "y", "abc", "abc"},
		{`.`, "", "abc", ""},
		{`.`, strings.Repeat("z", 64), strings.Repeat("a", 2000), ""}, // too long afterwards
		{`b`, "", strings.Repeat("a", maxBlurred+1), ""},              // too long to be searched
	} {
		if got := blur(t, MaskPattern, tc.pattern, tc.replacement).Apply(tc.in); got != tc.want {
			t.Errorf("%s of %.20q is %q, not %q", tc.pattern, tc.in, got, tc.want)
		}
	}
	for name, b := range map[string]Blur{"the zero blur": {}, "a pattern without one": {kind: MaskPattern}} {
		if got := b.Apply("secret"); got != "" {
			t.Errorf("%s leaves %q", name, got)
		}
	}
}

func TestBlurIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range [][3]string{{"unheard-of"}, {""}, {"phone", "x"}, {"hide", "", "x"}, {"pattern"}, {"pattern", "("}, {"pattern", "a*"}, {"pattern", "(?=a)"},
		{"pattern", strings.Repeat("a", 257)}, {"pattern", "a", strings.Repeat("a", 65)}, {"pattern", "a", "\xff"}} {
		if _, err := NewBlur(Mask(tc[0]), tc[1], tc[2]); err == nil {
			t.Errorf("%q is taken", tc)
		}
	}
}

type file struct {
	User   id.User           `json:"userid" grade:"R1" person:"userid"`
	Union  id.Union          `json:"unionid" grade:"R1" person:"unionid"`
	Level  int               `json:"level" grade:"R1" person:"keep"`
	Name   string            `json:"name,omitempty" grade:"R1"`
	Card   *string           `json:"card,omitzero" grade:"R1"`
	Phones []string          `json:"phones,omitempty" grade:"R1"`
	Notes  map[string]string `json:"notes,omitempty" grade:"R1"`
	Text   JSONText          `json:"text,omitempty" grade:"R1"`
	Born   int64             `json:"born,omitzero" grade:"R1"`
	Mobile string            `json:"mobile,omitempty" grade:"R2" mask:"phone" needs:"fieldMobile"`
	Mail   string            `json:"mail,omitempty" grade:"R2" mask:"email"`
	Boss   *boss             `json:"boss,omitzero"`
}

type files struct {
	List []file          `json:"list"`
	More map[string]file `json:"more,omitempty"`
	Name string          `json:"name,omitempty" grade:"R1"`
}

func TestRules(t *testing.T) {
	t.Parallel()
	o := V1("/topapi/test", handle[None, files], good)
	for _, tc := range []struct {
		field string
		kind  Mask
		want  string
	}{
		{"name", MaskName, `{"list":[{"name":"王**","card":"6222021234567890","phones":["13812341234"],"notes":{"a":"13812341234"},"text":"{}","born":7,"boss":{"name":"李**"}}],"name":"名**"}`},
		{"list[].name", MaskName, `{"list":[{"name":"王**","card":"6222021234567890","phones":["13812341234"],"notes":{"a":"13812341234"},"text":"{}","born":7,"boss":{"name":"李雷"}}],"name":"名单"}`},
		{"list[].boss.name", MaskHide, `{"list":[{"name":"王小明","card":"6222021234567890","phones":["13812341234"],"notes":{"a":"13812341234"},"text":"{}","born":7,"boss":{"name":""}}],"name":"名单"}`},
		{"card", MaskBankCard, `{"list":[{"name":"王小明","card":"****7890","phones":["13812341234"],"notes":{"a":"13812341234"},"text":"{}","born":7,"boss":{"name":"李雷"}}],"name":"名单"}`},
		{"phones", MaskPhone, `{"list":[{"name":"王小明","card":"6222021234567890","phones":["138****1234"],"notes":{"a":"13812341234"},"text":"{}","born":7,"boss":{"name":"李雷"}}],"name":"名单"}`},
		{"notes", MaskPhone, `{"list":[{"name":"王小明","card":"6222021234567890","phones":["13812341234"],"notes":{"a":"138****1234"},"text":"{}","born":7,"boss":{"name":"李雷"}}],"name":"名单"}`},
		{"text", MaskPhone, `{"list":[{"name":"王小明","card":"6222021234567890","phones":["13812341234"],"notes":{"a":"13812341234"},"born":7,"boss":{"name":"李雷"}}],"name":"名单"}`},
		{"born", MaskPhone, `{"list":[{"name":"王小明","card":"6222021234567890","phones":["13812341234"],"notes":{"a":"13812341234"},"text":"{}","boss":{"name":"李雷"}}],"name":"名单"}`},
		{"list[].boss", MaskName, `{"list":[{"name":"王小明","card":"6222021234567890","phones":["13812341234"],"notes":{"a":"13812341234"},"text":"{}","born":7}],"name":"名单"}`},
		{"list", MaskHide, `{"list":[],"name":"名单"}`},
	} {
		card := "6222021234567890"
		resp := &files{Name: "名单", List: []file{{Name: "王小明", Card: &card, Phones: []string{"13812341234"}, Notes: map[string]string{"a": "13812341234"}, Text: "{}", Born: 7, Boss: &boss{"李雷"}}}}
		plan := o.PlanWith([]Rule{{ID: 7, Field: tc.field, Blur: blur(t, tc.kind, "", "")}})
		changed := o.Mask(resp, Caller{Grade: scope.R2, Scopes: Scopes{scope.FieldMobile}}, Policy{Plan: plan, Applies: []bool{true}})
		got := strings.ReplaceAll(encoded(t, resp), `"userid":"","unionid":"","level":0,`, "")
		if got != tc.want {
			t.Errorf("%s as %s:\n%s, want\n%s", tc.field, tc.kind, got, tc.want)
		}
		if len(changed) != 1 || changed[0].Why != WhyRule || changed[0].Rule != 7 {
			t.Errorf("%s: changed %v", tc.field, changed)
		}
		if o.Mask(resp, Caller{Grade: scope.R2, Scopes: Scopes{scope.FieldMobile}}, Policy{Plan: plan, Applies: []bool{false}}) != nil {
			t.Errorf("%s: a rule that does not hold applies", tc.field)
		}
	}
	for _, missing := range []string{"nam", "list.name", "list[]", "more[].names", "boss.name"} {
		if o.PlanWith([]Rule{{Field: missing}}).Found[0] {
			t.Errorf("%s is found", missing)
		}
	}
}

func TestProtectedPerson(t *testing.T) {
	t.Parallel()
	o := V1("/topapi/test", handle[None, files], good)
	about := func() file {
		return file{User: "lina", Union: "u", Level: 1, Name: "李娜", Phones: []string{"1"}, Mobile: "13812341234", Mail: "a@b.c", Born: 7, Boss: &boss{"李雷"}}
	}
	other := about()
	other.User = "wang"
	resp := &files{Name: "名单", List: []file{about(), other}, More: map[string]file{"x": {Union: "lina's", Name: "李娜"}}}
	changed := o.Mask(resp, Caller{Grade: scope.R2, Scopes: Scopes{scope.FieldMobile}}, Policy{Protected: func(user id.User, union id.Union) bool { return user == "lina" || union == "lina's" }})
	want := `{"list":[{"userid":"lina","unionid":"u","level":1},{"userid":"wang","unionid":"u","level":1,"name":"李娜","phones":["1"],"born":7,"mobile":"13812341234","mail":"a@b.c","boss":{"name":"李雷"}}],"more":{"x":{"userid":"","unionid":"lina's","level":0}},"name":"名单"}`
	if got := encoded(t, resp); got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	if got := names(changed); !slices.Equal(got, []string{"name", "phones", "born", "mobile", "mail", "boss"}) || changed[0].Why != WhyProtected {
		t.Errorf("changed %v", changed)
	}
}

// alphabet is what makes a text hard to hide: it has to be escaped, has several
// bytes, or looks like a part of a number or address.
var alphabet = []rune(`0123456789ab@.-"\<&/` + "李娜\n\u2028é😀")

func secret(r *rand.Rand) string {
	text := make([]rune, 12+r.IntN(20))
	for i := range text {
		text[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(text)
}

// spellings are the ways in which a text could leave.
func spellings(s string) []string {
	quoted, _ := json.Marshal(s)
	return []string{s, string(quoted[1 : len(quoted)-1]), url.QueryEscape(s), url.PathEscape(s), hex.EncodeToString([]byte(s)),
		base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)), fmt.Sprintf("%+q", s)}
}

// No value of a masked field leaves, whatever it is and whatever masks it: ten
// thousand answers, each masked for another caller.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	o := V1("/topapi/test", handle[None, files], good)
	kinds := []Mask{MaskPhone, MaskEmail, MaskName, MaskIDCard, MaskBankCard, MaskHide, MaskPattern}
	for range 10_000 {
		rule := Rule{ID: 1, Field: []string{"name", "list[].name"}[r.IntN(2)]}
		pattern := ""
		kind := kinds[r.IntN(len(kinds))]
		if kind == MaskPattern {
			pattern = "(?s)..."
		}
		rule.Blur = blur(t, kind, pattern, "")
		name, mobile, mail, chief, hidden := secret(r), secret(r), secret(r), secret(r), secret(r)
		resp := &files{List: []file{{User: "a", Name: name, Mobile: mobile, Mail: mail, Boss: &boss{chief}}, {User: "lina", Name: hidden, Mail: hidden, Boss: &boss{hidden}, Notes: map[string]string{hidden: hidden}}}}
		who := Caller{Grade: scope.R1, Scopes: Scopes{scope.FieldMobile}[:r.IntN(2)]}
		o.Mask(resp, who, Policy{Plan: o.PlanWith([]Rule{rule}), Applies: []bool{true}, Protected: func(u id.User, _ id.Union) bool { return u == "lina" }})
		a, err := o.Reply(1, resp)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{name, mobile, mail, chief, hidden} {
			for _, text := range spellings(value) {
				if strings.Contains(string(a.Body), text) {
					t.Fatalf("%q leaves as %q under %s:\n%s", value, text, kind, a.Body)
				}
			}
		}
	}
}
