package op

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/scope"
)

func TestMasks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		mask     Mask
		in, want string
	}{
		{MaskPhone, "13812341234", "138****1234"},
		{MaskPhone, "+86-13812341234", "+86****1234"},
		{MaskPhone, "1234567", "****"},
		{MaskPhone, "电话一二三四五六七八", "电话一****五六七八"},
		{MaskEmail, "li@example.com", "l***@example.com"},
		{MaskEmail, "李@example.com", "李***@example.com"},
		{MaskEmail, "no-address", "***"},
		{MaskEmail, "@example.com", "***"},
		{MaskName, "李小龙", "李**"},
		{MaskName, "Bo", "B**"},
		{MaskIDCard, "330102199001011234", "3****************4"},
		{MaskIDCard, "台胞证一二三", "台****三"},
		{MaskIDCard, "12", "***"},
		{MaskName, "李", "**"},
		{MaskBankCard, "6222021234567890123", "****0123"},
		{MaskBankCard, "1234567", "****"},
		{MaskHide, "anything", ""},
		{"unheard-of", "anything", ""},
	} {
		if got := tc.mask.Apply(tc.in); got != tc.want {
			t.Errorf("%s of %q is %q, not %q", tc.mask, tc.in, got, tc.want)
		}
		if got := string(tc.mask.Append([]byte("before "), []byte(tc.in))); got != "before "+tc.want {
			t.Errorf("%s of %q appended is %q", tc.mask, tc.in, got)
		}
	}
	for _, m := range []Mask{MaskPhone, MaskEmail, MaskName, MaskIDCard, MaskBankCard, MaskHide} {
		if got := m.Apply(""); got != "" {
			t.Errorf("%s of nothing is %q", m, got)
		}
	}
}

type secretive struct {
	ID     string              `json:"id" grade:"R1"`
	Mobile string              `json:"mobile,omitempty" grade:"R2" mask:"phone" needs:"fieldMobile"`
	Name   *string             `json:"name,omitzero" grade:"R2" mask:"name"`
	Mails  []string            `json:"mails,omitempty" grade:"R2" mask:"hide"`
	Birth  int64               `json:"birth,omitzero" grade:"R2" mask:"hide"`
	Boss   *boss               `json:"boss,omitzero"`
	Team   []boss              `json:"team"`
	Grid   [][]*boss           `json:"grid"`
	ByDept map[string]boss     `json:"byDept"`
	Lists  map[string][]*boss  `json:"lists"`
	Home   boss                `json:"home,omitzero" needs:"fieldEmail"`
	Notes  map[string]JSONText `json:"notes,omitempty" grade:"R2" mask:"hide"`
}

type boss struct {
	Name string `json:"name" grade:"R2" mask:"name"`
}

func secrets() *secretive {
	name := "王小明"
	return &secretive{ID: "u1", Mobile: "13812341234", Name: &name, Mails: []string{"a@b.c"}, Birth: 7, Boss: &boss{"李雷"},
		Team: []boss{{"韩梅梅"}, {"Lucy"}}, Grid: [][]*boss{{{"Tom"}, nil}}, ByDept: map[string]boss{"1": {"Jim"}},
		Lists: map[string][]*boss{"x": {{"Kate"}}}, Home: boss{"Home"}, Notes: map[string]JSONText{"n": "{}"}}
}

func names(list []Suppressed) (fields []string) {
	for _, s := range list {
		fields = append(fields, s.Field)
	}
	return fields
}

func TestMaskReachesEveryDepth(t *testing.T) {
	t.Parallel()
	o := V1("/topapi/test", handle[None, secretive], good)
	for name, tc := range map[string]struct {
		who     Caller
		want    string
		changed []string
	}{
		"grade R1 without field scopes": {Caller{Grade: scope.R1},
			`{"id":"u1","name":"王**","boss":{"name":"李**"},"team":[{"name":"韩**"},{"name":"L**"}],"grid":[[{"name":"T**"},null]],"byDept":{"1":{"name":"J**"}},"lists":{"x":[{"name":"K**"}]}}`,
			[]string{"mobile", "name", "mails", "birth", "home", "notes"}},
		"no grade at all": {Caller{Scopes: Scopes{scope.FieldMobile, scope.FieldEmail}},
			`{"id":"u1","mobile":"138****1234","name":"王**","boss":{"name":"李**"},"team":[{"name":"韩**"},{"name":"L**"}],"grid":[[{"name":"T**"},null]],"byDept":{"1":{"name":"J**"}},"lists":{"x":[{"name":"K**"}]},"home":{"name":"H**"}}`,
			[]string{"mobile", "name", "mails", "birth", "notes"}},
		"grade R2 without field scopes": {Caller{Grade: scope.R2},
			`{"id":"u1","name":"王小明","mails":["a@b.c"],"birth":7,"boss":{"name":"李雷"},"team":[{"name":"韩梅梅"},{"name":"Lucy"}],"grid":[[{"name":"Tom"},null]],"byDept":{"1":{"name":"Jim"}},"lists":{"x":[{"name":"Kate"}]},"notes":{"n":"{}"}}`,
			[]string{"mobile", "home"}},
		"all": {Caller{Grade: scope.R2, Scopes: Scopes{scope.FieldMobile, scope.FieldEmail}},
			encoded(t, secrets()), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := secrets()
			changed := names(o.Mask(resp, tc.who, Policy{}))
			if got := encoded(t, resp); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if !slices.Equal(changed, tc.changed) {
				t.Errorf("changed %v, not %v", changed, tc.changed)
			}
		})
	}
}

func TestMaskOfLists(t *testing.T) {
	t.Parallel()
	o := V1("/topapi/test", handle[None, []boss], good)
	resp := &[]boss{{"韩梅梅"}, {""}, {"Lucy"}}
	if changed := o.Mask(resp, Caller{}, Policy{}); encoded(t, resp) != `[{"name":"韩**"},{"name":""},{"name":"L**"}]` || len(changed) != 1 {
		t.Errorf("%s, changed %v", encoded(t, resp), changed)
	}
	o.Mask((*[]boss)(nil), Caller{}, Policy{})
}

func TestMaskLeavesOpenAnswersAlone(t *testing.T) {
	t.Parallel()
	o := V1("/topapi/test", handle[None, itemAnswer], good)
	resp := &itemAnswer{A: strings.Repeat("x", 9)}
	if changed := o.Mask(resp, Caller{}, Policy{}); changed != nil || resp.A != "xxxxxxxxx" {
		t.Errorf("%+v, changed %v", resp, changed)
	}
}
