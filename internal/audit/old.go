package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// oldBatch is how many of the old rows become segments in one transaction.
const oldBatch = 1000

// convert makes segments of the rows that older versions wrote, one for each
// call, until there is none left or ctx ends. A call is found in its segment, so
// not before it was converted. Several nodes may convert at once.
func (l *Log) convert(ctx context.Context) {
	for {
		n, err := l.convertSome(ctx)
		switch {
		case ctx.Err() != nil || err == nil && n == 0:
			return
		case err != nil:
			l.logger.WarnContext(ctx, "old calls cannot be brought over to the present form", slog.Any("err", err))
			pause(ctx, time.Minute)
		}
	}
}

// convertSome converts the oldest rows of some corp and returns how many.
func (l *Log) convertSome(ctx context.Context) (int, error) {
	return store.Update(ctx, l.db, func(tx *store.Tx) (int, error) {
		corp, err := store.One(tx, oldCorp, scanCorp)
		if errors.Is(err, store.ErrNone) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		rows, err := store.All(tx, oldCalls, scanOld(corp), corp, oldBatch)
		if err != nil {
			return 0, err
		}
		var b binder
		for i := range rows {
			b.add(&rows[i])
		}
		for _, s := range b.end() {
			if err := insert(tx, &s); err != nil {
				return 0, err
			}
		}
		_, err = tx.Exec(deleteOld, corp, rows[len(rows)-1].id)
		return len(rows), err
	})
}

func scanOld(corp id.Corp) func(store.Row) (row, error) {
	return func(s store.Row) (row, error) {
		r := row{corp: corp}
		var at int64
		var text string
		if err := s.Scan(&r.id, &at, &r.agent, &r.outcome, &r.path, &text); err != nil {
			return r, err
		}
		r.at = time.UnixMilli(at)
		if err := json.Unmarshal([]byte(text), &r.detail); err != nil {
			return r, fmt.Errorf("decode call %s: %w", r.id.V2(), err)
		}
		return r, nil
	}
}

const (
	oldCorp   store.SQL = `/* all corps: one after the other is converted */ SELECT corp FROM calls ORDER BY corp LIMIT 1`
	oldCalls  store.SQL = `SELECT id, at, agent, outcome, path, detail FROM calls WHERE corp = $1 ORDER BY id LIMIT $2`
	deleteOld store.SQL = `/* aside: the request log */ DELETE FROM calls WHERE corp = $1 AND id <= $2`
)
