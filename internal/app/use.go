package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// useEvery is how exactly the last use of a secret is told.
const useEvery = 30 * time.Second

// uses collects when secrets were used, so that a rotation can be finished when
// nobody sends the old one any more. Writing it down with every token request
// would turn a read into a write; it is written now and then instead.
type uses struct {
	mu   sync.Mutex
	last map[use]time.Time // not yet written
}

// use is a secret that was used.
type use struct {
	corp   id.Corp
	agent  id.Agent
	secret string
}

func newUses() *uses { return &uses{last: map[use]time.Time{}} }

func (u *uses) note(s use, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last[s] = at
}

// of is the last use that is not written yet; zero when there is none.
func (u *uses) of(s use) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.last[s]
}

// take returns what was collected and begins anew.
func (u *uses) take() map[use]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.last
	u.last = map[use]time.Time{}
	return taken
}

// giveBack collects again what could not be written.
func (u *uses) giveBack(taken map[use]time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for s, at := range taken {
		if _, later := u.last[s]; !later {
			u.last[s] = at
		}
	}
}

// Run writes down the uses of secrets until ctx ends, and then once more. It
// returns an error when the database does.
func (a *Apps) Run(ctx context.Context) error {
	tick := time.NewTicker(useEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return a.writeUses(context.WithoutCancel(ctx))
		case <-tick.C:
			_ = a.writeUses(ctx) // what could not be written waits for the next time
		}
	}
}

func (a *Apps) writeUses(ctx context.Context) error {
	taken := a.uses.take()
	if len(taken) == 0 {
		return nil
	}
	// No Touch: what a node has cached does not depend on it.
	_, err := store.Update(ctx, a.db, func(tx *store.Tx) (int64, error) {
		for s, at := range taken {
			if _, err := tx.Exec(noteUse, s.corp, s.agent, s.secret, at.UnixMilli()); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	if err != nil {
		a.uses.giveBack(taken)
		return fmt.Errorf("write the uses of secrets: %w", err)
	}
	return nil
}

const noteUse store.SQL = `
	/* aside: when a secret was used */ UPDATE app_secrets SET used_at = $4 WHERE corp = $1 AND agent = $2 AND id = $3`
