package fault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Bounds of what one corp may have set.
const (
	maxFaults = 100
)

// topicPrefix begins the revision topics of corps' faults.
const topicPrefix = "faults:"

// Set stores a fault, which gets a number, and returns it. It refuses what cannot
// be: FaultForbidden outside of sandboxes, AgentUnknown, ParameterInvalid.
func (f *Faults) Set(ctx context.Context, one Fault) (Fault, error) {
	if err := f.check(ctx, &one); err != nil {
		return Fault{}, err
	}
	names, err := json.Marshal(append([]event.Name{}, one.Names...))
	if err != nil {
		return Fault{}, err
	}
	_, err = store.Update(ctx, f.db, func(tx *store.Tx) (int, error) {
		if _, err := tx.Exec(deleteEnded, one.Corp, one.SetAt.UnixMilli()); err != nil {
			return 0, err
		}
		there, err := store.All(tx, faultsOfCorp, scanFault, one.Corp)
		if err != nil {
			return 0, err
		}
		if len(there) >= maxFaults {
			return 0, invalid("kind").Want("at most %d faults", maxFaults).Got("%d", len(there)+1)
		}
		one.ID, one.SetAt = number(there), after(there, one.SetAt)
		_, err = tx.Exec(insertFault, one.Corp, one.ID, one.Agent, one.Subscription, string(names), one.Kind, one.By.Milliseconds(), one.Percent, one.Seed,
			one.Remaining, one.Ends.UnixMilli(), one.SetAt.UnixMilli(), one.SetBy)
		tx.Touch(topicPrefix + string(one.Corp))
		return 0, err
	})
	return one, err
}

// number is one that none of them has.
func number(there []Fault) int64 {
	n := id.NewNumber()
	for i := range there {
		if there[i].ID == n {
			return number(there)
		}
	}
	return n
}

// after is at, or the first millisecond after all of them were set.
func after(there []Fault, at time.Time) time.Time {
	if n := len(there); n > 0 && !there[n-1].SetAt.Before(at) {
		return there[n-1].SetAt.Add(time.Millisecond)
	}
	return at
}

// List returns the faults of corp that have not ended, in the order in which they
// were set.
func (f *Faults) List(ctx context.Context, corp id.Corp) ([]Fault, error) {
	list, err := store.View(ctx, f.db, func(tx *store.Tx) ([]Fault, error) { return store.All(tx, faultsOfCorp, scanFault, corp) })
	now := f.now()
	var on []Fault
	for i := range list {
		if now.Before(list[i].Ends) {
			on = append(on, list[i])
		}
	}
	return on, err
}

// Remove ends a fault; of number 0, all of corp. It refuses one that is not there.
func (f *Faults) Remove(ctx context.Context, corp id.Corp, n int64) error {
	_, err := store.Update(ctx, f.db, func(tx *store.Tx) (int, error) {
		tx.Touch(topicPrefix + string(corp))
		if n == 0 {
			_, err := tx.Exec(deleteFaults, corp)
			return 0, err
		}
		rows, err := tx.Exec(deleteFault, corp, n)
		if err == nil && rows == 0 {
			err = invalid("id").Want("a fault of this company").Got("%d", n)
		}
		return 0, err
	})
	return err
}

// RemoveCorp forgets every fault of corp.
func (f *Faults) RemoveCorp(ctx context.Context, corp id.Corp) error { return f.Remove(ctx, corp, 0) }

func invalid(name string) *apierror.Refusal { return apierror.ParameterInvalid.With("name", name) }

// check refuses a fault that cannot be, and gives it the usual length.
func (f *Faults) check(ctx context.Context, one *Fault) error {
	is, name, err := f.Sandbox(ctx, one.Corp)
	if err != nil {
		return err
	}
	if !is {
		return apierror.FaultForbidden.Got("%s", name)
	}
	usual, most := one.Kind.length()
	switch {
	case one.By == 0:
		one.By = usual
	case most == 0:
		return invalid("byMs").Want("no length: %s has none", one.Kind).Got("%d", one.By.Milliseconds())
	case one.By > most:
		return invalid("byMs").Want("at most %d", most.Milliseconds()).Got("%d", one.By.Milliseconds())
	}
	for _, n := range one.Names {
		if f.Log.Event(n) == nil {
			return invalid("events").Want("events that the platform announces").Got("%s", n)
		}
	}
	return f.checkWhose(ctx, one)
}

// checkWhose refuses an app or subscription that the corp does not have.
func (f *Faults) checkWhose(ctx context.Context, one *Fault) error {
	if one.Agent != 0 {
		if _, err := f.AppName(ctx, one.Corp, one.Agent); err != nil {
			return err
		}
	}
	if one.Subscription == 0 {
		return nil
	}
	s, err := f.Log.Subscription(ctx, one.Corp, one.Subscription)
	switch {
	case errors.Is(err, event.ErrNoSubscription), err == nil && one.Agent != 0 && one.Agent != s.Agent:
		return invalid("subscription").Want("a subscription of this app").Got("%d", one.Subscription)
	}
	return err
}

// everything returns the faults of all corps, each in the order in which they
// were set.
func everything(tx *store.Tx) (map[id.Corp][]Fault, error) {
	list, err := store.All(tx, everyFault, scanFault)
	of := map[id.Corp][]Fault{}
	for _, one := range list {
		of[one.Corp] = append(of[one.Corp], one)
	}
	return of, err
}

func scanFault(r store.Row) (f Fault, err error) {
	var names string
	var by, ends, set int64
	if err := r.Scan(&f.Corp, &f.ID, &f.Agent, &f.Subscription, &names, &f.Kind, &by, &f.Percent, &f.Seed, &f.Remaining, &ends, &set, &f.SetBy); err != nil {
		return f, err
	}
	f.By, f.Ends, f.SetAt = time.Duration(by)*time.Millisecond, time.UnixMilli(ends), time.UnixMilli(set)
	if err := json.Unmarshal([]byte(names), &f.Names); err != nil {
		return f, fmt.Errorf("fault: events of %d: %w", f.ID, err)
	}
	return f, nil
}

const (
	insertFault store.SQL = `
		INSERT INTO faults (corp, id, agent, subscription, names, kind, by_ms, percent, seed, remaining, ends_at, set_at, set_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	faultsOfCorp store.SQL = `
		SELECT corp, id, agent, subscription, names, kind, by_ms, percent, seed, remaining, ends_at, set_at, set_by
		FROM faults WHERE corp = $1 ORDER BY set_at, id`
	everyFault store.SQL = `/* all corps: a node delivers for any of them */ /* full scan: all are wanted, and they are few */
		SELECT corp, id, agent, subscription, names, kind, by_ms, percent, seed, remaining, ends_at, set_at, set_by
		FROM faults ORDER BY corp, set_at, id`
	deleteFault  store.SQL = `DELETE FROM faults WHERE corp = $1 AND id = $2`
	deleteFaults store.SQL = `DELETE FROM faults WHERE corp = $1`
	deleteEnded  store.SQL = `DELETE FROM faults WHERE corp = $1 AND ends_at <= $2`
)
