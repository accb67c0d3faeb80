package directory_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp id.Corp = "ding00000000000000000000000000000001"

// world is a directory with one corp, whose time passes a second with each look.
type world struct {
	*directory.Directory
	log *event.Log // of what the directory announces, where it is told to
	t   testing.TB
	ops *op.Catalogue
	who op.Caller
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	var seconds atomic.Int64
	clk, err := clock.New(t.Context(), db, func() time.Time {
		return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC).Add(time.Duration(seconds.Add(1)) * time.Second)
	})
	if err != nil {
		t.Fatal(err)
	}
	keys := keyringtest.New(t, db)
	d := directory.New(db, clk, keys)
	if err := d.CreateCorp(t.Context(), directory.Corp{ID: corp, Name: "示例公司"}); err != nil {
		t.Fatal(err)
	}
	calls := id.NewCalls(1, func() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) })
	w := &world{Directory: d, log: event.New(db, clk, keys, calls), t: t, ops: op.NewCatalogue(d.Operations()), who: op.Caller{
		As: op.App, Corp: corp, App: "dingapp", Range: op.Everything, Grade: scope.R2,
		Scopes: op.Scopes{scope.FieldMobile, scope.FieldEmail, scope.ContactMobile},
	}}
	return w
}

// each runs f on a world of its own on every engine.
func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, newWorld(t, db)) })
}

// as is the world seen by another caller.
func (w *world) as(change func(*op.Caller)) *world {
	other := *w
	change(&other.who)
	return &other
}

// within is the world seen by an application with this range.
func (w *world) within(r op.Range) *world { return w.as(func(c *op.Caller) { c.Range = r }) }

// call runs an operation as the gateway does and returns the answer as JSON, or
// the refusal.
func (w *world) call(path, body string) (string, error) {
	w.t.Helper()
	method := "POST"
	if m, p, ok := strings.Cut(path, " "); ok {
		method, path = m, p
	}
	o, vars := w.ops.Find(method, path)
	if o == nil {
		w.t.Fatalf("no operation %s %s", method, path)
	}
	r := &op.Request{Method: method, Path: path, Head: head{}, Body: strings.NewReader(body), Length: int64(len(body))}
	q, warnings, err := o.Decode(r, vars, w.who)
	if err != nil {
		return "", err
	}
	if len(warnings) > 0 {
		w.t.Errorf("%s: unknown fields %v", path, warnings)
	}
	resp, err := o.Invoke(w.t.Context(), w.who, q)
	if err != nil {
		return "", err
	}
	o.Mask(resp, w.who, op.Policy{})
	out, err := json.Marshal(resp)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(out), nil
}

type head struct{}

func (head) Get(string) string { return "" }

func (head) Values(string) []string { return nil }

// want runs an operation and compares the answer, as JSON, with what is wanted.
func (w *world) want(path, body, want string) {
	w.t.Helper()
	got, err := w.call(path, body)
	if err != nil {
		w.t.Errorf("%s %s: %v", path, body, err)
		return
	}
	if got, want := canonical(w.t, got), canonical(w.t, want); got != want {
		w.t.Errorf("%s %s:\n got %s\nwant %s", path, body, got, want)
	}
}

// canonical is JSON text with names in order and without spaces.
func canonical(t testing.TB, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// refused runs an operation that has to be refused with just this rule.
func (w *world) refused(path, body string, want *apierror.Error) *apierror.Refusal {
	w.t.Helper()
	got, err := w.call(path, body)
	r := apierror.From(err)
	if err == nil {
		w.t.Errorf("%s %s: answered %s, want %s", path, body, got, want.Name)
	} else if r.Rule != want {
		w.t.Errorf("%s %s: %v, want %s", path, body, err, want.Name)
	}
	return r
}

// hire employs user in depts, with a number made of n.
func (w *world) hire(user id.User, name string, n int, depts ...id.Dept) directory.Person {
	w.t.Helper()
	p := directory.NewPerson{ID: user, Profile: directory.Profile{Name: name, Active: true}, Departments: depts}
	p.SetMobile(mobile(n))
	made, err := w.CreatePerson(w.t.Context(), corp, p)
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

func mobile(n int) string { return fmt.Sprintf("138%08d", n) }

// found creates a department.
func (w *world) found(parent id.Dept, n id.Dept, name string) {
	w.t.Helper()
	if _, err := w.CreateDepartment(w.t.Context(), corp, directory.NewDepartment{ID: n, Parent: parent, Name: name}); err != nil {
		w.t.Fatal(err)
	}
}

// tree founds 12 产品部 with 34 设计组 and 56 研究组 below, and 78 市场部.
func (w *world) tree() {
	w.t.Helper()
	w.found(1, 12, "产品部")
	w.found(12, 34, "设计组")
	w.found(12, 56, "研究组")
	w.found(1, 78, "市场部")
}

func TestCorps(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		other := directory.Corp{ID: id.NewCorp(), Name: "另一公司", Sandbox: true}
		if err := w.CreateCorp(ctx, other); err != nil {
			t.Fatal(err)
		}
		if err := w.CreateCorp(ctx, other); err == nil {
			t.Error("a corp was created twice")
		}
		w.tree()
		w.hire("a", "甲", 1, 12)
		list, err := w.Corps(ctx)
		if err != nil || len(list) != 2 {
			t.Fatalf("corps %v, %v", list, err)
		}
		if c := list[0]; c.Name != "示例公司" || c.People != 1 || c.Departments != 5 || c.State != directory.CorpActive {
			t.Errorf("corp %+v", c)
		}
		if c, err := w.Corp(ctx, other.ID); err != nil || !c.Sandbox || c.CreatedAt.IsZero() {
			t.Errorf("corp %+v, %v", c, err)
		}
		if err := w.RemoveCorp(ctx, corp); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Corp(ctx, corp); !errors.Is(err, apierror.CorpUnknown) {
			t.Errorf("a removed corp: %v", err)
		}
		if _, err := w.Department(ctx, corp, id.RootDept); !errors.Is(err, apierror.DeptNotFound) {
			t.Errorf("its root: %v", err)
		}
		if _, err := w.Person(ctx, corp, "a"); !errors.Is(err, apierror.UserInvalid) {
			t.Errorf("its person: %v", err)
		}
		if err := w.CreateCorp(ctx, directory.Corp{ID: corp, Name: "重来"}); err != nil {
			t.Errorf("create it again: %v", err)
		}
	})
}

// One natural person has one unionid in all corps of the platform.
func TestUnionIsShared(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := context.WithoutCancel(t.Context())
		first := w.hire("a", "甲", 1, 1)
		w.hire("b", "乙", 2, 1)
		other := id.NewCorp()
		if err := w.CreateCorp(ctx, directory.Corp{ID: other, Name: "另一公司"}); err != nil {
			t.Fatal(err)
		}
		same := directory.NewPerson{ID: "z", Profile: directory.Profile{Name: "甲"}, Departments: []id.Dept{1}}
		same.SetMobile("+86-" + mobile(1))
		second, err := w.CreatePerson(ctx, other, same)
		if err != nil || second.Union != first.Union {
			t.Errorf("unionid %s here and %s there, %v", first.Union, second.Union, err)
		}
		same.ID = "y"
		same.SetMobile(mobile(2))
		if err := w.Import(ctx, other, nil, []directory.NewPerson{same}); err != nil {
			t.Fatal(err)
		}
		b, _ := w.Person(ctx, corp, "b")
		if y, err := w.PersonByUnion(ctx, other, b.Union); err != nil || y.ID != "y" {
			t.Errorf("imported %v, %v", y.ID, err)
		}
	})
}
