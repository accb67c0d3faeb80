package ratelimit

import (
	"fmt"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// BenchmarkTake is the cost of one call that five rules concern, with ever more
// apps of which each has rules of its own; and of one that only the default
// concerns.
func BenchmarkTake(b *testing.B) {
	for _, apps := range []int{10, 10_000, 1_000_000} {
		b.Run(fmt.Sprintf("default/apps=%d", apps), func(b *testing.B) {
			w := begin(b, storetest.Open(b), nil)
			w.platformRule(Rule{Window: Second, Max: 1_000_000, Subject: Subject{Agent: EachApp, Operation: EachOperation}})
			take(b, apps, w)
		})
		b.Run(fmt.Sprintf("rules/apps=%d", apps), func(b *testing.B) {
			w := begin(b, storetest.Open(b), nil)
			own, err := w.book(b.Context(), corp)
			if err != nil {
				b.Fatal(err)
			}
			w.platformRule(Rule{Window: Second, Max: 1_000_000, Subject: Subject{Agent: EachApp, Operation: EachOperation}})
			own.turn(page{zone: time.UTC, rules: manyRules(apps)})
			take(b, apps, w)
		})
	}
}

// manyRules are three rules of an operation and two of each app.
func manyRules(apps int) []Rule {
	var rules []Rule
	for _, w := range []Window{Second, Minute, Day} {
		rules = append(rules, Rule{Corp: corp, ID: string(w), Window: w, Max: 1 << 40, Subject: Subject{Operation: "/topapi/a"}})
	}
	for n := range apps {
		s := Subject{Agent: id.Agent(n + 1)}
		rules = append(rules, Rule{Corp: corp, ID: fmt.Sprint("m", n), Window: Minute, Max: 1 << 40, Subject: s},
			Rule{Corp: corp, ID: fmt.Sprint("d", n), Window: Day, Max: 1 << 40, Subject: s})
	}
	return rules
}

func take(b *testing.B, apps int, w *world) {
	callers := make([]op.Caller, apps)
	for i := range callers {
		callers[i] = op.Caller{Corp: corp, App: id.App(fmt.Sprint("app", i)), Agent: id.Agent(i + 1)}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, _, err := w.Take(b.Context(), &callers[i*7919%apps], &w.ops[0]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
