package platform_test

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// receivers play, in a scene, who is told of events.
type receivers struct {
	mu     sync.Mutex
	named  map[string]id.Subscription
	got    map[id.Subscription][]string
	answer map[id.Subscription]delivery.Answer
}

func (*receivers) Most() int                      { return 1 }
func (*receivers) Ready(*event.Subscription) bool { return true }

// Send implements delivery.Way.
func (r *receivers) Send(_ context.Context, s *event.Subscription, batch []event.Delivery) []delivery.Answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	answers := make([]delivery.Answer, len(batch))
	for i, d := range batch {
		told := string(d.Name) + " " + d.Object
		if d.Replayed {
			told += " again"
		}
		r.got[s.ID] = append(r.got[s.ID], told)
		answers[i] = r.answer[s.ID]
	}
	return answers
}

// listener makes a subscription of an application whose receiver the scene plays.
func (s *scene) listener(ts *testscript.TestScript, args []string) {
	if s.told == nil {
		s.told = &receivers{named: map[string]id.Subscription{}, got: map[id.Subscription][]string{}, answer: map[id.Subscription]delivery.Answer{}}
		s.here().Delivery.Ways[event.Callback] = s.told
	}
	a := s.named(ts, word(ts, args, 1))
	sub := event.Subscription{Corp: a.Corp, Agent: a.Agent, Way: event.Callback, Origin: "scene", Target: "https://" + args[0] + ".example/cb", Settings: "{}", Ordered: true, Most: 1}
	for _, given := range args[2:] {
		if group, ok := strings.CutPrefix(given, "group="); ok {
			sub.Group = group
			continue
		}
		sub.Names = append(sub.Names, event.Name(given))
	}
	if len(sub.Names) == 0 {
		sub.Names = []event.Name{event.Every}
	}
	made, err := s.here().Events.Subscribe(s.t.Context(), sub)
	ts.Check(err)
	s.told.mu.Lock()
	s.told.named[args[0]], s.told.answer[made.ID] = made.ID, delivery.Answer{Outcome: event.Accepted, Status: 200}
	s.told.mu.Unlock()
	s.let(ts, args[0], strconv.FormatInt(int64(made.ID), 10))
}

// replies has a receiver answer so from now on.
func (s *scene) replies(ts *testscript.TestScript, args []string) {
	answer, ok := map[string]delivery.Answer{
		"ok":   {Outcome: event.Accepted, Status: 200},
		"fail": {Outcome: event.Failed, Status: 500, Text: "out of order"},
		"gone": {Outcome: event.Failed, Status: 410, Text: "gone", Gone: true},
	}[word(ts, args, 1)]
	if !ok {
		ts.Fatalf("replies: ok, fail or gone, not %s", args[1])
	}
	s.told.mu.Lock()
	defer s.told.mu.Unlock()
	s.told.answer[s.told.named[args[0]]] = answer
}

// wasTold fails the scene unless a receiver was told just this since the last time
// that was asked.
func (s *scene) wasTold(ts *testscript.TestScript, args []string) {
	s.told.mu.Lock()
	defer s.told.mu.Unlock()
	sub := s.told.named[args[0]]
	if got := s.told.got[sub]; !slices.Equal(got, args[1:]) {
		ts.Fatalf("%s was told %q, not %q", args[0], got, args[1:])
	}
	s.told.got[sub] = nil
}

// await asks the console until the answer matches.
func (s *scene) await(ts *testscript.TestScript, args []string) {
	want, err := regexp.Compile(args[0])
	ts.Check(err)
	call := s.console(ts, args[1:])
	call.Token = s.token()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		s.last = s.here().Do(call)
		switch {
		case want.Match(s.last.Body):
			return
		case time.Now().After(deadline):
			ts.Fatalf("still no %s: %s", args[0], s.last)
		}
	}
}
