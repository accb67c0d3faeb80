package op

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/scope"
)

// shown is an answer of people, of somebody who is none, and of a secret.
type shown struct {
	List []struct {
		User   string   `json:"userid" grade:"R1" person:"userid"`
		Union  string   `json:"unionid" grade:"R1" person:"unionid"`
		Name   string   `json:"name" grade:"R1"`
		Mobile string   `json:"mobile" grade:"R2" mask:"phone" needs:"fieldMobile"`
		Inner  shownIn  `json:"inner"`
		Mails  []string `json:"mails" grade:"R2" mask:"hide"`
	} `json:"list"`
	Contact *shownContact `json:"contact,omitempty"`
	Token   string        `json:"token" grade:"R2" mask:"hide"`
}

type shownIn struct {
	Remark string `json:"remark" grade:"R2" mask:"hide"`
}

type shownContact struct {
	ID      string `json:"id" grade:"R1" person:"other"`
	Address string `json:"address" grade:"R2" mask:"hide"`
}

type shownPlain struct {
	User string `json:"userid" grade:"R1" person:"userid"`
	Name string `json:"name" grade:"R1"`
}

type changeRequest struct {
	User   string  `json:"userid" doc:"x"`
	Name   string  `json:"name" doc:"x"`
	Mobile *string `json:"mobile" grade:"R2" doc:"x"`
	Remark string  `json:"remark" doc:"x"`
	Inner  struct {
		User   string `json:"user_id" doc:"x"`
		Remark string `json:"remark" doc:"x"`
	} `json:"inner" doc:"x"`
}

func TestDisclosure(t *testing.T) {
	t.Parallel()
	spec := Spec{Title: "x", TitleEN: "x", Doc: "x", Verb: Read, Scope: scope.Member, Group: "x"}
	writes := spec
	writes.Verb = Manage
	c := NewCatalogue([]Operation{
		V1("/topapi/read", func(context.Context, Caller, *None) (*shown, error) { return nil, nil }, spec),
		V1("/topapi/plain", func(context.Context, Caller, *None) (*shownPlain, error) { return nil, nil }, spec),
		V1("/topapi/change", func(context.Context, Caller, *changeRequest) (*None, error) { return nil, nil }, writes),
		V1("/topapi/make", func(context.Context, Caller, *changeRequest) (*shownPlain, error) { return nil, nil }, writes),
	})
	row := func(user, union, mobile, remark string, mails ...string) (r shown) {
		r.List = append(r.List, r.List...)
		r.List = make([]struct {
			User   string   `json:"userid" grade:"R1" person:"userid"`
			Union  string   `json:"unionid" grade:"R1" person:"unionid"`
			Name   string   `json:"name" grade:"R1"`
			Mobile string   `json:"mobile" grade:"R2" mask:"phone" needs:"fieldMobile"`
			Inner  shownIn  `json:"inner"`
			Mails  []string `json:"mails" grade:"R2" mask:"hide"`
		}, 1)
		one := &r.List[0]
		one.User, one.Union, one.Mobile, one.Inner.Remark, one.Mails, one.Name = user, union, mobile, remark, mails, "x"
		return r
	}
	two := row("lina", "U1", "1", "")
	two.List = append(two.List, row("wang", "U2", "", "r").List...)
	two.List = append(two.List, row("zhao", "U3", "", "").List...)
	contact := shown{Contact: &shownContact{"ext1", "here"}, Token: "t"}
	mobile := "1"
	blur, err := NewBlur(MaskPhone, "", "")
	if err != nil {
		t.Fatal(err)
	}
	find := func(path string) *Operation { o, _ := c.Find("POST", path); return o }
	ruled := Policy{Plan: find("/topapi/read").PlanWith([]Rule{{ID: 1, Field: "mobile", Blur: blur}}), Applies: []bool{true}}
	off := ruled
	off.Applies = []bool{false}
	all := Caller{Grade: scope.R2, Scopes: Scopes{scope.FieldMobile}}

	for _, tc := range []struct {
		name           string
		path           string
		q, resp        any
		who            Caller
		policy         Policy
		fields, people string
	}{
		{"several", "/topapi/read", &None{}, &two, all, Policy{}, "mobile remark", "lina wang"},
		{"a list of values", "/topapi/read", &None{}, ptr(row("lina", "", "", "", "a@b")), all, Policy{}, "mails", "lina"},
		{"by unionid", "/topapi/read", &None{}, ptr(row("", "U1", "1", "")), all, Policy{}, "mobile", "U1"},
		{"masked for R1", "/topapi/read", &None{}, &two, Caller{Grade: scope.R1, Scopes: all.Scopes}, Policy{}, "", ""},
		{"by a rule unrecognisable", "/topapi/read", &None{}, &two, all, ruled, "remark", "wang"},
		{"a rule for others", "/topapi/read", &None{}, &two, all, off, "mobile remark", "lina wang"},
		{"nothing graded", "/topapi/plain", &None{}, &shownPlain{"lina", "x"}, all, Policy{}, "", ""},
		{"a contact, and a secret of nobody", "/topapi/read", &None{}, &contact, all, Policy{}, "address", "ext1"},
		{"empty", "/topapi/read", &None{}, &shown{}, all, Policy{}, "", ""},
		{"change", "/topapi/change", &changeRequest{User: "lina", Mobile: &mobile}, &None{}, all, Policy{}, "mobile", "lina"},
		{"change of what is R2 where it is answered", "/topapi/change", &changeRequest{User: "lina", Remark: "x"}, &None{}, all, Policy{}, "remark", "lina"},
		{"change by an app of R1", "/topapi/change", &changeRequest{User: "lina", Remark: "x"}, &None{}, Caller{Grade: scope.R1}, Policy{}, "remark", "lina"},
		{"change of what is not graded", "/topapi/change", &changeRequest{User: "lina", Name: "x"}, &None{}, all, Policy{}, "", ""},
		{"who was made", "/topapi/make", &changeRequest{Mobile: &mobile}, &shownPlain{User: "new"}, all, Policy{}, "mobile", "new"},
	} {
		d := c.Disclosure(find(tc.path), tc.q, tc.resp, &tc.who, tc.policy)
		slices.Sort(d.Fields)
		if strings.Join(d.Fields, " ") != tc.fields || strings.Join(d.People, " ") != tc.people || d.None() != (tc.fields == "") {
			t.Errorf("%s: %v of %v, want %s of %s", tc.name, d.Fields, d.People, tc.fields, tc.people)
		}
	}
	guarded := Policy{Waived: func(is string) bool { return is == "wang" }}
	if d := c.Disclosure(find("/topapi/read"), &None{}, &two, &all, guarded); !d.Guarded {
		t.Error("a protected person was seen, and nobody says so")
	}
}

func ptr[T any](v T) *T { return &v }
