package mask

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp id.Corp = "dingcorp"

type answer struct {
	UserID id.User `json:"userid" grade:"R1" person:"userid"`
	Name   string  `json:"name" grade:"R1"`
	Mobile string  `json:"mobile" grade:"R1"`
}

func get(context.Context, op.Caller, *op.None) (*answer, error) { return &answer{}, nil }

func operation() op.Operation {
	return op.V1("/topapi/v2/user/get", get, op.Spec{Title: "题", TitleEN: "t", Doc: "d", Verb: op.Read, Scope: scope.Member, Group: "g"})
}

// node is the masks of one node of a platform over db.
func node(t *testing.T, db *store.DB) *Masks {
	t.Helper()
	clk, err := clock.New(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	keys := keyringtest.New(t, db)
	m := New(db, clk, app.New(db, clk, keys), directory.New(db, clk, keys))
	c := op.NewCatalogue([]op.Operation{operation()})
	m.Catalogue = func() *op.Catalogue { return c }
	return m
}

func TestRuleIsFor(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule Rule
		want bool
	}{
		"everybody":         {Rule{}, true},
		"the app":           {Rule{Agent: 7}, true},
		"another app":       {Rule{Agent: 8}, false},
		"who lacks a point": {Rule{Lacks: scope.FieldEmail}, true},
		"who has the point": {Rule{Lacks: scope.FieldMobile}, false},
		"the grade":         {Rule{Grade: scope.R2}, true},
		"another grade":     {Rule{Grade: scope.R1}, false},
		"all of it":         {Rule{Agent: 7, Lacks: scope.FieldEmail, Grade: scope.R2}, true},
		"not all of it":     {Rule{Agent: 7, Lacks: scope.FieldMobile, Grade: scope.R2}, false},
	} {
		if got := tc.rule.holds(caller{corp, 7, op.Scopes{scope.FieldMobile}, scope.R2}); got != tc.want {
			t.Errorf("a rule for %s holds: %t", name, got)
		}
	}
}

// A stored rule that this version does not understand hides its field.
func TestUnknownRuleHides(t *testing.T) {
	t.Parallel()
	o := operation()
	s := newSheet([]Rule{{ID: 1, Field: "mobile", Kind: "of tomorrow", Enabled: true}, {ID: 2, Field: "name", Kind: op.MaskHide}})
	resp := &answer{Name: "李娜", Mobile: "13812341234"}
	o.Mask(resp, op.Caller{}, s.policy(&o, caller{}))
	if resp.Mobile != "" || resp.Name != "李娜" {
		t.Errorf("%+v", resp)
	}
}

func TestRulesAreStored(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		m, ctx, o := node(t, db), t.Context(), operation()
		who := &op.Caller{Corp: corp, Grade: scope.R2}
		policy := func() op.Policy {
			p, err := m.Policy(ctx, who, &o)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		if policy().Plan != nil {
			t.Error("a corp without rules has a plan")
		}
		r, err := m.SetRule(ctx, corp, Rule{Field: "mobile", Kind: op.MaskPhone, Enabled: true, At: time.Now()})
		if err != nil || r.ID == 0 || policy().Plan == nil {
			t.Fatalf("%+v, %v", r, err)
		}
		if p, err := m.Policy(ctx, &op.Caller{Trace: &op.Trace{Corp: corp}}, &o); err != nil || p.Plan == nil {
			t.Errorf("an operation for anyone is not under the rules of the corp it found: %v", err)
		}
		r.Enabled = false
		if _, err := m.SetRule(ctx, corp, r); err != nil || policy().Plan != nil {
			t.Errorf("a rule that is off applies: %v", err)
		}
		if rules, err := m.Rules(ctx, corp); err != nil || len(rules) != 1 || rules[0].ID != r.ID || rules[0].Enabled {
			t.Errorf("%+v, %v", rules, err)
		}
		if rules, err := m.Rules(ctx, "dingother"); err != nil || len(rules) != 0 {
			t.Errorf("another corp has %+v, %v", rules, err)
		}
		if err := m.RemoveCorp(ctx, corp); err != nil {
			t.Error(err)
		}
		if rules, err := m.Rules(ctx, corp); err != nil || len(rules) != 0 {
			t.Errorf("after the corp was removed: %+v, %v", rules, err)
		}
	})
}

// What cannot be read refuses the call.
func TestPolicyFailsClosed(t *testing.T) {
	t.Parallel()
	m, o := node(t, storetest.Open(t)), operation()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Policy(ctx, &op.Caller{Corp: corp}, &o); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestProtectionAndWaiver(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	s := newSheet(nil)
	s.protected["lina"], s.unions["u"], s.waivers[waived{"lina", 7}] = true, "lina", now
	for _, tc := range []struct {
		user  id.User
		union id.Union
		agent id.Agent
		at    time.Time
		want  bool
	}{
		{"lina", "", 8, now, true},
		{"", "u", 8, now, true},
		{"", "", 8, now, false},
		{"wang", "v", 8, now, false},
		{"lina", "u", 7, now.Add(-1), false},
		{"", "u", 7, now.Add(-1), false},
		{"lina", "u", 7, now, true},
	} {
		if got := s.protects(tc.user, tc.union, tc.agent, tc.at); got != tc.want {
			t.Errorf("%+v: %t", tc, got)
		}
	}
}

func TestCache(t *testing.T) {
	t.Parallel()
	c := newCache(10)
	for n := range 100 {
		c.keep(id.Corp(fmt.Sprint(n)), newSheet(nil), 0)
	}
	if len(c.corps) != 10 {
		t.Errorf("%d corps are kept", len(c.corps))
	}
	before := c.generation()
	c.drop(clock.Topic("a"))
	c.keep("a", newSheet(nil), before)
	if c.get("a") != nil {
		t.Error("what was read before a change is kept after it")
	}
	c.keep("a", newSheet(nil), c.generation())
	c.drop("other topic")
	if c.get("a") == nil {
		t.Error("the cache forgets without need")
	}
}
