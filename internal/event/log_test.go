package event_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp id.Corp = "ding0000000000000000000000000000acme"

var noon = time.UnixMilli(1_790_000_000_000)

// logAt is the log of a node whose clock says what now says.
func logAt(t *testing.T, db *store.DB, node int, now func() time.Time) *event.Log {
	t.Helper()
	clk, err := clock.New(t.Context(), db, now)
	if err != nil {
		t.Fatal(err)
	}
	return event.New(db, clk, keyringtest.New(t, db), id.NewCalls(node, now))
}

func happen(t *testing.T, db *store.DB, l *event.Log, object string) id.Event {
	t.Helper()
	made, err := store.Update(t.Context(), db, func(tx *store.Tx) (id.Event, error) {
		return l.Emit(tx, corp, event.UserAdded, object, event.People{TimeStamp: "1", UserID: []id.User{"lina"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func subscribe(t *testing.T, l *event.Log) event.Subscription {
	t.Helper()
	s, err := l.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: 1, Way: event.Callback, Names: []event.Name{event.UserAdded}, Settings: "{}", Secret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Events of an object are in the order of the changes, though the node that made
// the earlier one has a clock that is ahead.
func TestOrderWhereClocksDiffer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ahead := logAt(t, db, 1, func() time.Time { return noon.Add(time.Minute) })
		behind := logAt(t, db, 2, func() time.Time { return noon })
		s := subscribe(t, ahead)
		want := []id.Event{happen(t, db, ahead, "person:lina"), happen(t, db, behind, "person:lina"), happen(t, db, ahead, "person:lina"), happen(t, db, behind, "person:lina")}
		if !slices.IsSorted(want) {
			t.Errorf("made %v", want)
		}
		due, err := ahead.Pending(t.Context(), corp, s.ID, noon.Add(time.Hour), 10)
		var got []id.Event
		for _, d := range due {
			got = append(got, d.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("due are %v, not %v: %v", got, want, err)
		}
	})
}

// A receiver may answer anything. What the database could not keep would be in
// the way of all results.
func TestAnyAnswerIsKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := logAt(t, db, 1, func() time.Time { return noon })
		s := subscribe(t, l)
		for range 3 {
			happen(t, db, l, "person:lina")
		}
		due, err := l.Pending(t.Context(), corp, s.ID, noon.Add(time.Hour), 10)
		if err != nil || len(due) != 3 {
			t.Fatalf("%d due, %v", len(due), err)
		}
		results := []event.Result{
			{Delivery: due[0], At: noon, Outcome: event.Accepted, Answer: "a\x00b\xff\"\\ü\u2028"},
			{Delivery: due[1], At: noon, Outcome: event.Failed, Answer: "\xed\xa0\x80", Next: noon.Add(time.Minute)},
			{Delivery: due[2], At: noon, Outcome: event.Failed, Dead: "failed too often"},
		}
		for range 2 { // the second time there is nothing left to say
			if err := l.Settle(t.Context(), results); err != nil {
				t.Fatal(err)
			}
		}
		tries, err := store.View(t.Context(), db, func(tx *store.Tx) ([]string, error) {
			return store.All(tx, answersOf, func(r store.Row) (s string, err error) { return s, r.Scan(&s) }, corp)
		})
		if err != nil || len(tries) < 3 || tries[0] != "a�b�\"\\ü\u2028" {
			t.Errorf("kept %q, %v", tries, err)
		}
	})
}

const answersOf store.SQL = `SELECT answer FROM attempts WHERE corp = $1 ORDER BY event, id`

// What is known of subscriptions is never older than their last change.
func TestKnownSubscriptions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := logAt(t, db, 1, func() time.Time { return noon })
		first, second := subscribe(t, l), subscribe(t, l)
		get := func(s event.Subscription) (event.Subscription, error) { return l.Subscription(t.Context(), corp, s.ID) }
		if got, err := get(first); err != nil || got.Secret != "s" || !slices.Equal(got.Names, []event.Name{event.UserAdded}) {
			t.Errorf("%+v, %v", got, err)
		}
		first.State, first.Secret = event.Paused, "new"
		if err := l.Change(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		if got, err := get(first); err != nil || got.State != event.Paused || got.Secret != "new" {
			t.Errorf("after a change: %+v, %v", got, err)
		}
		if _, err := store.Update(t.Context(), db, func(tx *store.Tx) (int64, error) {
			tx.Touch(event.SubscriptionsTopic(corp))
			return tx.Exec(damageSecret, corp, first.ID, []byte("damaged"))
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := get(first); err == nil {
			t.Error("a secret that does not open is no error")
		}
		if _, err := get(second); err != nil {
			t.Errorf("another one's secret is in the way: %v", err)
		}
		if err := l.Unsubscribe(t.Context(), corp, second.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := get(second); err != event.ErrNoSubscription { //nolint:errorlint // the very error
			t.Errorf("after it was removed: %v", err)
		}
	})
}

const damageSecret store.SQL = `UPDATE subscriptions SET sealed = $3 WHERE corp = $1 AND id = $2`
