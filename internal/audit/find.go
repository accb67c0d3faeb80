package audit

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// find returns the call with this id, in either form, if it is one of corp's or
// led to no corp. It refuses with CallUnknown.
func (l *Log) find(ctx context.Context, corp id.Corp, requestID string) (row, error) {
	call, ok := id.ParseCall(requestID)
	if !ok {
		return row{}, apierror.CallUnknown.Want("a requestId (UUID) or a request_id (13 characters)").Got("%s", requestID)
	}
	if err := l.Flush(ctx); err != nil {
		return row{}, err
	}
	return store.View(ctx, l.db, func(tx *store.Tx) (row, error) {
		r, err := store.One(tx, callByID, scanRow(corp), corp, call)
		if errors.Is(err, store.ErrNone) {
			r, err = store.One(tx, callByID, scanRow(""), id.Corp(""), call)
		}
		if errors.Is(err, store.ErrNone) {
			return r, apierror.CallUnknown.Got("%s", requestID)
		}
		return r, err
	})
}

// filter says which calls of a corp are asked for. What is zero does not matter.
type filter struct {
	agent   id.Agent
	outcome Outcome
	path    string // a part of it
	search  string // a part of any of the words
	since   time.Time
	until   time.Time // inclusive, to the millisecond
	before  id.Call   // older than this one
	size    int
}

// page returns calls of corp, the newest first.
func (l *Log) page(ctx context.Context, corp id.Corp, f filter) ([]row, error) {
	from, before := id.Call(0), id.Call(math.MaxInt64)
	if !f.since.IsZero() {
		from = firstAt(f.since)
	}
	if !f.until.IsZero() {
		before = firstAt(f.until.Add(time.Millisecond))
	}
	if f.before != 0 {
		before = min(before, f.before)
	}
	q := callsPage
	switch { // which index leads to few rows is known here, and not to the database
	case f.agent != 0:
		q = callsOfAgent
	case f.outcome != "":
		q = callsByOutcome
	}
	return store.View(ctx, l.db, func(tx *store.Tx) ([]row, error) {
		return store.All(tx, q, scanRow(corp), corp, from, before, f.agent, f.outcome, pattern(f.path), pattern(f.search), f.size)
	})
}

// pattern is what LIKE … ESCAPE '!' takes to find part anywhere; empty for all.
func pattern(part string) string {
	if part = strings.ToLower(strings.TrimSpace(part)); part == "" {
		return ""
	}
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_", "\x00", "").Replace(part) + "%"
}

// bucket is how many calls of one minute had one outcome.
type bucket struct {
	at    time.Time
	calls int64
}

// buckets counts corp's calls of one outcome since a time, minute by minute;
// minutes without calls are left out.
func (l *Log) buckets(ctx context.Context, corp id.Corp, outcome Outcome, since time.Time) ([]bucket, error) {
	epoch := id.Call(0).Time().UnixMilli()
	return store.View(ctx, l.db, func(tx *store.Tx) ([]bucket, error) {
		return store.All(tx, minutes, func(r store.Row) (b bucket, err error) {
			var minute int64
			err = r.Scan(&minute, &b.calls)
			b.at = time.UnixMilli(minute * time.Minute.Milliseconds())
			return b, err
		}, corp, outcome, firstAt(since), epoch)
	})
}

const (
	callByID       store.SQL = `SELECT id, at, agent, outcome, path, detail FROM calls WHERE corp = $1 AND id = $2`
	callsPage      store.SQL = `SELECT id, at, agent, outcome, path, detail FROM calls WHERE corp = $1 AND ` + inPage
	callsOfAgent   store.SQL = `SELECT id, at, agent, outcome, path, detail FROM calls WHERE corp = $1 AND agent = $4 AND ` + inPage
	callsByOutcome store.SQL = `SELECT id, at, agent, outcome, path, detail FROM calls WHERE corp = $1 AND outcome = $5 AND ` + inPage

	inPage = `id >= $2 AND id < $3 AND (CAST($4 AS BIGINT) = 0 OR agent = $4) AND ($5 = '' OR outcome = $5)
		AND ($6 = '' OR lower(path) LIKE $6 ESCAPE '!') AND ($7 = '' OR lower(words) LIKE $7 ESCAPE '!')
		ORDER BY id DESC LIMIT $8`

	// The minute is computed from the id, so that an index has all that is asked.
	minutes store.SQL = `
		SELECT ((id >> 22) + $4) / 60000, count(*) FROM calls WHERE corp = $1 AND outcome = $2 AND id >= $3
		GROUP BY 1 ORDER BY 1`
)
