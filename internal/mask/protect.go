package mask

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Bounds of what one corp decides about people.
const (
	maxProtected = 1000
	maxWaivers   = 1000
)

// Protected is a person of whom applications see ids only.
type Protected struct {
	User   id.User
	Reason string
	By     string
	At     time.Time
}

// Waiver lets one application see a protected person until a time of the corp.
type Waiver struct {
	User   id.User
	Agent  id.Agent
	Until  time.Time
	Reason string
	By     string
	At     time.Time
}

// Protection returns corp's protected people and its waivers, those that ended
// included, by userid.
func (m *Masks) Protection(ctx context.Context, corp id.Corp) ([]Protected, []Waiver, error) {
	var waivers []Waiver
	people, err := store.View(ctx, m.db, func(tx *store.Tx) (people []Protected, err error) {
		if people, err = store.All(tx, selectPeople, scanProtected, corp); err != nil {
			return nil, err
		}
		waivers, err = store.All(tx, selectWaivers, scanWaiver, corp)
		return people, err
	})
	return people, waivers, err
}

// Protect protects an employee. It refuses with UserInvalid. Who is protected
// already stays so, for the new reason.
func (m *Masks) Protect(ctx context.Context, corp id.Corp, p Protected) error {
	p.Reason = strings.TrimSpace(p.Reason)
	if err := checkReason(p.Reason); err != nil {
		return err
	}
	if _, err := m.dir.Person(ctx, corp, p.User); err != nil {
		return err
	}
	return m.change(ctx, corp, func(tx *store.Tx) error {
		all, err := store.All(tx, selectPeople, scanProtected, corp)
		if err != nil {
			return err
		}
		if len(all) >= maxProtected && !protects(all, p.User) {
			return invalid("userId").Want("at most %d protected people", maxProtected).Got("%d", len(all)+1)
		}
		_, err = tx.Exec(upsertPerson, corp, p.User, p.Reason, p.By, p.At.UnixMilli())
		return err
	})
}

// Unprotect ends a protection with its waivers. It refuses who is not protected.
func (m *Masks) Unprotect(ctx context.Context, corp id.Corp, user id.User) error {
	return m.change(ctx, corp, func(tx *store.Tx) error {
		rows, err := tx.Exec(deletePerson, corp, user)
		if err != nil {
			return err
		}
		if rows == 0 {
			return notProtected(user)
		}
		_, err = tx.Exec(deleteWaiversOf, corp, user)
		return err
	})
}

// SetWaiver lets an application see a protected person, or changes until when.
// It refuses an end that is not ahead, who is not protected, and an application
// that is not the corp's (AgentUnknown).
func (m *Masks) SetWaiver(ctx context.Context, corp id.Corp, w Waiver) error {
	w.Reason = strings.TrimSpace(w.Reason)
	if err := checkReason(w.Reason); err != nil {
		return err
	}
	if now := m.clk.At(corp); !w.Until.After(now) {
		return invalid("until").Want("after %d", now.UnixMilli()).Got("%d", w.Until.UnixMilli())
	}
	if _, err := m.apps.ByAgent(ctx, corp, w.Agent); err != nil {
		return err
	}
	return m.change(ctx, corp, func(tx *store.Tx) error {
		people, err := store.All(tx, selectPeople, scanProtected, corp)
		if err != nil {
			return err
		}
		waivers, err := store.All(tx, selectWaivers, scanWaiver, corp)
		switch {
		case err != nil:
			return err
		case !protects(people, w.User):
			return notProtected(w.User)
		case len(waivers) >= maxWaivers:
			return invalid("userId").Want("at most %d waivers", maxWaivers).Got("%d", len(waivers)+1)
		}
		_, err = tx.Exec(upsertWaiver, corp, w.User, w.Agent, w.Until.UnixMilli(), w.Reason, w.By, w.At.UnixMilli())
		return err
	})
}

// RemoveWaiver ends a waiver at once. It refuses one that is not there.
func (m *Masks) RemoveWaiver(ctx context.Context, corp id.Corp, user id.User, agent id.Agent) error {
	return m.change(ctx, corp, func(tx *store.Tx) error {
		rows, err := tx.Exec(deleteWaiver, corp, user, agent)
		if err == nil && rows == 0 {
			err = invalid("agentId").Want("an app with a waiver for this person").Got("%d", agent)
		}
		return err
	})
}

func protects(people []Protected, user id.User) bool {
	return slices.ContainsFunc(people, func(p Protected) bool { return p.User == user })
}

func notProtected(user id.User) error {
	return invalid("userId").Want("a protected person").Got("%s", user)
}

func scanProtected(r store.Row) (p Protected, err error) {
	var at int64
	err = r.Scan(&p.User, &p.Reason, &p.By, &at)
	p.At = time.UnixMilli(at)
	return p, err
}

func scanWaiver(r store.Row) (w Waiver, err error) {
	var until, at int64
	err = r.Scan(&w.User, &w.Agent, &until, &w.Reason, &w.By, &at)
	w.Until, w.At = time.UnixMilli(until), time.UnixMilli(at)
	return w, err
}

const (
	selectPeople store.SQL = `
		SELECT userid, reason, protected_by, protected_at FROM protected_people WHERE corp = $1 ORDER BY userid`
	upsertPerson store.SQL = `
		INSERT INTO protected_people (corp, userid, reason, protected_by, protected_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (corp, userid) DO UPDATE SET reason = excluded.reason, protected_by = excluded.protected_by, protected_at = excluded.protected_at`
	deletePerson  store.SQL = `DELETE FROM protected_people WHERE corp = $1 AND userid = $2`
	selectWaivers store.SQL = `
		SELECT userid, agent, until, reason, waived_by, waived_at FROM protection_waivers WHERE corp = $1 ORDER BY userid, agent`
	upsertWaiver store.SQL = `
		INSERT INTO protection_waivers (corp, userid, agent, until, reason, waived_by, waived_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (corp, userid, agent) DO UPDATE SET until = excluded.until, reason = excluded.reason, waived_by = excluded.waived_by, waived_at = excluded.waived_at`
	deleteWaiver    store.SQL = `DELETE FROM protection_waivers WHERE corp = $1 AND userid = $2 AND agent = $3`
	deleteWaiversOf store.SQL = `DELETE FROM protection_waivers WHERE corp = $1 AND userid = $2`
)
