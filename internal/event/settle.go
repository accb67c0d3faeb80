package event

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Outcome is what became of a try.
type Outcome string

// The outcomes.
const (
	Accepted Outcome = "accepted"
	Failed   Outcome = "failed"
	Later    Outcome = "later"   // the application asked to be told again
	Dropped  Outcome = "dropped" // not the application's to know any more
)

// Result is a try, and what follows from it.
type Result struct {
	Delivery
	At       time.Time
	Took     time.Duration
	Outcome  Outcome
	Status   int    // of the answer; 0: none came
	Answer   string // its beginning, or what went wrong
	Injected string // fault that the platform caused on purpose
	Next     time.Time
	Dead     string // why there is no next try; empty if there is one
	Turns    bool   // the deliveries before it may have failed where this one did not, or the other way round
	Ends     string // why nothing more is delivered to the subscription; empty if it goes on
}

// Over reports whether the delivery is not tried again.
func (r *Result) Over() bool { return r.Outcome == Accepted || r.Outcome == Dropped || r.Dead != "" }

// Settle records what became of deliveries: what was accepted or dropped is to
// be delivered no more, what failed has its next time or is given up, and every
// try is kept. It is one transaction.
//
// A delivery that is gone was removed with its subscription, or settled by
// another node that took over: there is nothing left to say of it.
func (l *Log) Settle(ctx context.Context, results []Result) error {
	byCorp := map[id.Corp][]*Result{}
	for i := range results {
		byCorp[results[i].Corp] = append(byCorp[results[i].Corp], &results[i])
	}
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (int, error) {
		sums := tallies{}
		for corp, list := range byCorp {
			if err := l.settle(tx, corp, list, sums); err != nil {
				return 0, err
			}
		}
		return 0, sums.write(tx)
	})
	if err != nil {
		return fmt.Errorf("record %d deliveries: %w", len(results), err)
	}
	return nil
}

// place is where a delivery is, within a corp.
type place struct {
	sub   id.Subscription
	event id.Event
}

func (l *Log) settle(tx *store.Tx, corp id.Corp, results []*Result, sums tallies) error {
	var over [][]any
	there := map[place]bool{}
	for _, r := range results {
		if r.Over() {
			over = append(over, []any{r.Subscription, r.ID})
			continue
		}
		n, err := tx.Exec(postponeDelivery, corp, r.Subscription, r.ID, r.Next.UnixMilli(), r.Attempts+1)
		if err != nil {
			return err
		}
		there[place{r.Subscription, r.ID}] = n > 0
	}
	if len(over) > 0 {
		gone, err := store.All(tx, deleteSettled, func(r store.Row) (p place, err error) { return p, r.Scan(&p.sub, &p.event) }, corp, store.Rows(over))
		if err != nil {
			return err
		}
		for _, p := range gone {
			there[p] = true
		}
	}
	var tries [][]any
	for _, r := range results {
		p := place{r.Subscription, r.ID}
		if !there[p] {
			continue
		}
		delete(there, p)
		sums.add(r)
		if r.Over() && r.Attempts > 0 { // what was put off behind it
			if _, err := tx.Exec(hastenDeliveries, corp, r.Subscription, r.Object, r.At.UnixMilli()); err != nil {
				return err
			}
		}
		tries = append(tries, []any{r.Subscription, r.ID, l.ids.New(), r.At.UnixMilli(), r.Took.Microseconds(), r.Outcome, r.Status, clean(r.Answer), r.Injected, truth(r.Replayed)})
		if err := l.stand(tx, r); err != nil {
			return err
		}
		if r.Dead == "" || r.Outcome == Accepted || r.Outcome == Dropped {
			continue
		}
		if _, err := tx.Exec(insertDead, corp, r.Subscription, r.ID, r.Object, r.Attempts+1, r.Dead, l.clk.Real().UnixMilli()); err != nil {
			return err
		}
	}
	if len(tries) == 0 {
		return nil
	}
	_, err := tx.Exec(insertAttempts, corp, store.Rows(tries))
	return err
}

// clean is a text that both engines keep. Receivers answer what they like, and a
// result that the database refused would be in the way of all others.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "�")
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

const (
	deleteSettled store.SQL = `
		DELETE FROM deliveries WHERE corp = $1 AND (subscription, event) IN (
			SELECT CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT) FROM @rows($2) AS given)
		RETURNING subscription, event /* aside: no answer is made of it */`
	postponeDelivery store.SQL = `
		UPDATE deliveries SET next_at = $4, attempts = $5 WHERE corp = $1 AND subscription = $2 AND event = $3 /* aside: no answer is made of it */`
	hastenDeliveries store.SQL = `
		UPDATE deliveries SET next_at = $4 WHERE corp = $1 AND subscription = $2 AND object = $3 AND next_at > $4 AND attempts = 0 /* aside: no answer is made of it */`
	insertAttempts store.SQL = `
		INSERT INTO attempts (corp, subscription, event, id, at, took_us, outcome, status, answer, injected, replayed)
		SELECT $1, CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS BIGINT),
			CAST(value ->> 4 AS BIGINT), value ->> 5, CAST(value ->> 6 AS BIGINT), value ->> 7, value ->> 8, CAST(value ->> 9 AS BIGINT) = 1
		FROM @rows($2) AS given /* aside: no answer is made of it */`
	insertDead store.SQL = `
		INSERT INTO dead_deliveries (corp, subscription, event, object, attempts, reason, died_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (corp, subscription, event) DO UPDATE SET attempts = $5, reason = $6, died_at = $7 /* aside: no answer is made of it */`
)
