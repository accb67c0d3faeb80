package delegation

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp id.Corp = "dingcorp"

func node(t *testing.T, db *store.DB, now func() time.Time) *Delegation {
	t.Helper()
	clk, err := clock.New(t.Context(), db, now)
	if err != nil {
		t.Fatal(err)
	}
	keys := keyringtest.New(t, db)
	return New(db, clk, keys.Root(), app.New(db, clk, keys))
}

func caller(user id.User) *op.Caller {
	return &op.Caller{Corp: corp, Agent: 7, User: user, Delegate: &op.Delegate{Name: "Assistant"}}
}

func leave() *op.Operation {
	return &op.Operation{Method: "POST", Path: "/apis/hr/v1/leave", Dialect: op.DialectV2, Spec: op.Spec{Verb: op.Write}}
}

func TestConfirmation(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := t.Context(), time.Now()
		d := node(t, db, func() time.Time { return now })
		li, arguments := caller("li"), []byte(`{"days":2}`)
		ask := func(arguments string) string {
			asked, err := d.Ask(ctx, li, leave(), []byte(arguments))
			if err != nil {
				t.Fatal(err)
			}
			return asked
		}
		use := func(who *op.Caller, o *op.Operation, arguments string) string {
			used, err := d.Use(ctx, who, o, []byte(arguments))
			if err != nil {
				t.Fatal(err)
			}
			return used
		}
		first := ask(`{"days":2}`)
		if again := ask(`{"days":2}`); again != first {
			t.Errorf("the same call is asked for as %s and %s", first, again)
		}
		if used := use(li, leave(), `{"days":2}`); used != "" {
			t.Errorf("%s was used before it was approved", used)
		}
		if err := d.Decide(ctx, corp, "wang", first, Approved); !errors.Is(err, apierror.DelegateRequestUnknown) {
			t.Errorf("somebody else approved: %v", err)
		}
		if err := d.Decide(ctx, corp, "li", first, Approved); err != nil {
			t.Fatal(err)
		}
		other := leave()
		other.Path += "s"
		agent := caller("li")
		agent.Agent = 8
		for name, used := range map[string]string{
			"other arguments":   use(li, leave(), `{"days":3}`),
			"another operation": use(li, other, `{"days":2}`),
			"another app":       use(agent, leave(), `{"days":2}`),
			"another person":    use(caller("wang"), leave(), `{"days":2}`),
		} {
			if used != "" {
				t.Errorf("%s used %s", name, used)
			}
		}

		// Of many that use it at once, on two nodes, one does.
		nodes := []*Delegation{d, node(t, db, func() time.Time { return now })}
		var group sync.WaitGroup
		won := make([]string, 8)
		for i := range won {
			group.Go(func() { won[i], _ = nodes[i%2].Use(ctx, li, leave(), arguments) })
		}
		group.Wait()
		if won = slices.DeleteFunc(won, func(s string) bool { return s == "" }); !slices.Equal(won, []string{first}) {
			t.Errorf("used by %v", won)
		}

		second := ask(`{"days":2}`)
		if used, err := d.Answered(ctx, li, leave(), arguments, first); used != "" || err != nil {
			t.Errorf("an answer to an old question was used: %s, %v", used, err)
		}
		if used, err := d.Answered(ctx, li, leave(), arguments, second); used != second || err != nil {
			t.Errorf("an answer was not used: %s, %v", used, err)
		}
		third := ask(`{"days":2}`)
		if err := errors.Join(d.Decline(ctx, li, third), d.Decline(ctx, li, third)); err != nil {
			t.Errorf("declined twice: %v", err)
		}
		fourth := ask(`{"days":2}`)
		if err := d.Decide(ctx, corp, "li", fourth, Approved); err != nil {
			t.Fatal(err)
		}
		now = now.Add(life)
		if used := use(li, leave(), `{"days":2}`); used != "" {
			t.Error("an approval was used after its time")
		}
		if list, err := d.Requests(ctx, corp, "li"); err != nil || len(list) != 0 {
			t.Errorf("ended requests are listed: %v, %v", list, err)
		}
	})
}

func TestRequestsAreBoundedAndSealed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := t.Context(), time.Now()
		d := node(t, db, func() time.Time { now = now.Add(time.Second); return now })
		for i := range maxAsked + 5 {
			if _, err := d.Ask(ctx, caller("li"), leave(), fmt.Appendf(nil, `{"secret":"%d","more":"%s"}`, i, strings.Repeat("李", maxStored))); err != nil {
				t.Fatal(err)
			}
		}
		list, err := d.Requests(ctx, corp, "li")
		if err != nil || len(list) != maxAsked || !strings.HasPrefix(list[0].Arguments, `{"secret":"5"`) || !strings.HasSuffix(list[0].Arguments, "…") {
			t.Fatalf("%d requests, %v", len(list), err)
		}
		if bytes.Contains(list[0].sealed, []byte("secret")) {
			t.Error("arguments are stored in the clear")
		}
		if err := d.RemoveCorp(ctx, corp); err != nil {
			t.Fatal(err)
		}
		if list, err = d.Requests(ctx, corp, "li"); err != nil || len(list) != 0 {
			t.Errorf("left after the corp is gone: %v, %v", list, err)
		}
	})
}

func TestPermit(t *testing.T) {
	t.Parallel()
	read := &op.Operation{Method: "GET", Path: "/v1.0/contact/users/{unionId}", Dialect: op.DialectV2, Spec: op.Spec{Verb: op.Read}}
	for name, tc := range map[string]struct {
		policy Policy
		o      *op.Operation
		want   bool
	}{
		"nothing is allowed":     {Policy{}, read, false},
		"what reads":             {Policy{Reads: true}, read, true},
		"what reads is no write": {Policy{Reads: true}, leave(), false},
		"named":                  {Policy{Operations: []string{read.Name()}}, read, true},
		"another is named":       {Policy{Operations: []string{leave().Name()}}, read, false},
		"a write is named":       {Policy{Reads: true, Operations: []string{leave().Name()}}, leave(), true},
	} {
		if got := tc.policy.allows(tc.o); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
