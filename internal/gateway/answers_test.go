package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// remembering is a world with one stable operation and a memory of a size.
func remembering(t testing.TB, size int64, handle func(who op.Caller, id string) (*user, error)) *world {
	t.Helper()
	w := newWorld(t)
	w.caller = op.Caller{Corp: "dingcorp", Serial: "1", Grade: scope.R1}
	spec := op.Spec{Title: "题", TitleEN: "title", Doc: "doc", Verb: op.Read, Scope: scope.Member, Group: "test", Stable: true}
	w.Catalogue = op.NewCatalogue([]op.Operation{
		op.V1("/topapi/v2/user/get", func(_ context.Context, who op.Caller, q *askUser) (*user, error) {
			w.note("invoke")
			return handle(who, q.ID)
		}, spec)})
	w.Answers = NewAnswers(size, 0)
	return w
}

func (w *world) get(user string) string {
	a := w.serve(request("POST", "/topapi/v2/user/get?access_token=t", fmt.Sprintf(`{"userid":%q}`, user)))
	body, _, _ := strings.Cut(string(a.Body), `,"request_id"`)
	return body
}

// A write that comes while an answer is made, before or after what was read for
// it, keeps the answer from being remembered.
func TestAWriteBetweenReadingAndKeeping(t *testing.T) {
	t.Parallel()
	var w *world
	state, during := "before", ""
	w = remembering(t, 1<<20, func(op.Caller, string) (*user, error) {
		read := state
		if during != "" {
			state = during
			w.Answers.Forget("dingcorp")
		}
		return &user{ID: read}, nil
	})
	during = "after"
	if got := w.get("u"); !strings.Contains(got, "before") {
		t.Fatal(got)
	}
	during = ""
	for range 2 {
		if got := w.get("u"); !strings.Contains(got, "after") {
			t.Error("an answer from before the write was remembered: " + got)
		}
	}
	for corp, want := range map[id.Corp]string{"dingother": "after", "dingcorp": "later", "": "latest"} {
		state = want
		w.Answers.Forget(corp)
		if got := w.get("u"); !strings.Contains(got, want) && corp != "dingother" {
			t.Errorf("after a write of %q: %s", corp, got)
		}
	}
	// Whoever is identified before a write may have lost rights by it.
	w.Answers.Forget("dingcorp")
	w.hooks = map[string]func(){"permit": func() { w.Answers.Forget("dingcorp") }}
	w.get("u")
	w.hooks, state = nil, "anew"
	if got := w.get("u"); !strings.Contains(got, "anew") {
		t.Error("an answer to rights from before the write was remembered: " + got)
	}
}

func TestWhatIsNotRemembered(t *testing.T) {
	t.Parallel()
	fail := errors.New("no")
	for name, change := range map[string]func(w *world, r *op.Request){
		"a refusal":           func(w *world, _ *op.Request) { w.invoke = fail },
		"a signed call":       func(w *world, _ *op.Request) { w.caller.Serial = "" },
		"a long request":      func(_ *world, r *op.Request) { r.Query += "&x=" + strings.Repeat("x", requestMost) },
		"without room":        func(w *world, _ *op.Request) { w.Answers = NewAnswers(answerShards*100, 0) },
		"with no bytes":       func(w *world, _ *op.Request) { w.Answers = NewAnswers(0, 0) },
		"with no memory":      func(w *world, _ *op.Request) { w.Answers = nil },
		"what ends at once":   func(w *world, _ *op.Request) { w.Answers = NewAnswers(1<<20, time.Nanosecond) },
		"what is not stable":  func(w *world, _ *op.Request) { w.Catalogue.Operations()[0].Stable = false },
		"nothing of the kind": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w *world
			w = remembering(t, 1<<20, func(op.Caller, string) (*user, error) { return &user{ID: "u"}, w.invoke })
			invoked := 0
			for range 2 {
				r := request("POST", "/topapi/v2/user/get?access_token=t", `{"userid":"u"}`)
				if change != nil {
					change(w, r)
				}
				w.serve(r)
			}
			for _, step := range w.steps {
				if step == "invoke" {
					invoked++
				}
			}
			if want := 2; invoked != want && change != nil || change == nil && invoked != 1 {
				t.Errorf("invoked %d times", invoked)
			}
		})
	}
}

// An operation whose answers are remembered is not told what differs between calls
// of one token.
func TestAStableOperationSeesTheTokenAlone(t *testing.T) {
	t.Parallel()
	var seen op.Caller
	w := remembering(t, 1<<20, func(who op.Caller, id string) (*user, error) { seen = who; return &user{ID: id}, nil })
	w.get("u")
	if seen.Corp != "dingcorp" || seen.Call != 0 || seen.Lang != "" || seen.Base != "" || seen.IP.IsValid() {
		t.Errorf("the operation saw %+v", seen)
	}
}

// However much is asked, the memory stays within its size, and what is asked for
// again and again stays in it.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	w := remembering(t, size, func(_ op.Caller, id string) (*user, error) {
		return &user{ID: id, Mobile: strings.Repeat("1", 1000)}, nil
	})
	for n := range 5000 {
		w.get(fmt.Sprint("u", n))
		if n%3 == 0 {
			w.get("often")
		}
		w.steps, w.calls = nil, nil
		if got := w.Answers.Stats().Bytes; got > size {
			t.Fatalf("%d bytes are remembered", got)
		}
	}
	s := w.Answers.Stats()
	if s.Bytes < size/2 || s.Hits < 1000 || s.Misses < 5000 {
		t.Errorf("%+v", s)
	}
}

func TestAnswersOfManyAtOnce(t *testing.T) {
	t.Parallel()
	a := NewAnswers(1<<16, 0)
	o := &op.Operation{Spec: op.Spec{Stable: true, MaxBody: 100}}
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for n := range 5000 {
				who := op.Caller{Corp: id.Corp(fmt.Sprint(n % 3)), Serial: fmt.Sprint(n % 50)}
				var m memo
				m.begin(a)
				if m.find(a, o, &who, request("GET", "/", ""), time.Time{}) == nil {
					m.keep(&Call{Caller: who}, op.Answer{Body: make([]byte, n%2000)}, op.Disclosure{}, time.Time{}, time.Time{})
				}
				if (n+worker)%7 == 0 {
					a.Forget(who.Corp)
				}
			}
		})
	}
	all.Wait()
	if s := a.Stats(); s.Bytes > 1<<16 || s.Bytes < 0 {
		t.Errorf("%+v", s)
	}
}
