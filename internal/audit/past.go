package audit

import (
	"context"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// pastBatch is how many calls Past reads at once.
const pastBatch = 1000

// Past calls f with each call of corp's apps since a time that was permitted, the
// oldest first: when, by which app, and the operation's name.
func (l *Log) Past(ctx context.Context, corp id.Corp, since time.Time, f func(at time.Time, agent id.Agent, operation string)) error {
	if err := l.Flush(ctx); err != nil {
		return err
	}
	for from := firstAt(since); ; {
		rows, err := store.View(ctx, l.db, func(tx *store.Tx) ([]row, error) {
			return store.All(tx, callsFrom, scanRow(corp), corp, from, pastBatch)
		})
		if err != nil {
			return err
		}
		for _, r := range rows {
			from = r.id + 1
			switch r.detail.Last {
			case "find", "identify", "permit": // refused before it was counted
			default:
				if r.agent != 0 && !r.at.Before(since) {
					f(r.at, r.agent, r.detail.Operation)
				}
			}
		}
		if len(rows) < pastBatch {
			return nil
		}
	}
}

const callsFrom store.SQL = `SELECT id, at, agent, outcome, path, detail FROM calls WHERE corp = $1 AND id >= $2 ORDER BY id LIMIT $3`
