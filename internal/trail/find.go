package trail

import (
	"context"
	"errors"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// filter says which records of a corp are asked for. What is zero does not
// matter.
type filter struct {
	person string // among those whom a record names
	user   id.User
	agent  id.Agent
	field  string
	since  int64
	until  int64 // inclusive
	before int64 // number; 0: from the end
	size   int
}

func (f *filter) matches(r *Record) bool {
	return (f.person == "" || slices.Contains(r.People, f.person)) && (f.user == "" || r.User == f.user) &&
		(f.agent == 0 || r.Agent == f.agent) && (f.field == "" || slices.Contains(r.Fields, f.field)) &&
		r.At >= f.since && (f.until == 0 || r.At <= f.until)
}

// lookMost bounds how many records one page looks through.
const lookMost = 50_000

// page returns records, the newest first, and before which number the next page
// begins; 0 when there is none. A page that looked through many records may be
// empty and have a next one all the same.
func (t *Trail) page(ctx context.Context, corp id.Corp, f filter) (list []Record, next int64, err error) {
	next, err = store.View(ctx, t.db, func(tx *store.Tx) (int64, error) {
		list = nil
		before := f.before
		if before == 0 {
			before = 1 << 62
		}
		for range lookMost / tellPage {
			rows, err := store.All(tx, recordsBefore, scanNumbered, corp, before, tellPage)
			if err != nil || len(rows) == 0 {
				return 0, err
			}
			for _, row := range rows {
				r, err := parse(row.text)
				if err != nil {
					return 0, err
				}
				if before = row.seq; f.matches(&r) {
					list = append(list, r)
				}
				if len(list) == f.size {
					return before, nil
				}
			}
		}
		return before, nil
	})
	return list, next, err
}

// export returns lines of an export: the records after a number that are not
// older than since nor younger than until, at most size. The first page begins
// with the header, and each page ends with a seal. next is after which number the
// following page begins; 0 when there is none.
func (t *Trail) export(ctx context.Context, corp id.Corp, since, until, after int64, size int) (lines []string, next int64, err error) {
	if err := t.Flush(ctx); err != nil {
		return nil, 0, err
	}
	now := t.real().UnixMilli()
	next, err = store.View(ctx, t.db, func(tx *store.Tx) (int64, error) {
		lines = nil
		if after == 0 {
			if lines, after, err = t.preface(tx, corp, since); err != nil {
				return 0, err
			}
		}
		rows, err := store.All(tx, recordsAfter, scanNumbered, corp, after, size+1)
		if err != nil {
			return 0, err
		}
		more := len(rows) > size
		rows = rows[:min(len(rows), size)]
		if at := slices.IndexFunc(rows, func(r numbered) bool { return until != 0 && r.at > until }); at >= 0 {
			rows, more = rows[:at], false
		}
		if len(rows) == 0 {
			return 0, nil
		}
		for _, r := range rows {
			if lines, err = put(lines, line{Record: r.text, Hash: r.hash}); err != nil {
				return 0, err
			}
		}
		last := rows[len(rows)-1]
		s := t.sign(corp, last.seq, last.hash, now)
		if lines, err = put(lines, line{Seal: &s}); err != nil || !more {
			return 0, err
		}
		return last.seq, nil
	})
	return lines, next, err
}

// preface is the beginning of an export, and after which number its records are.
func (t *Trail) preface(tx *store.Tx, corp id.Corp, since int64) (lines []string, after int64, err error) {
	head := header{Version: 1, Corp: corp, Key: t.public(), From: 1}
	tomb, err := tombstoneOf(tx, corp)
	removed := err == nil
	if err != nil && !errors.Is(err, store.ErrNone) {
		return nil, 0, err
	}
	if removed {
		after = tomb.Seq
	}
	if since != 0 {
		first, err := store.One(tx, firstSince, scanInt, corp, since)
		if err != nil && !errors.Is(err, store.ErrNone) {
			return nil, 0, err
		}
		if err == nil && first > after+1 {
			after, removed, head.From = first-1, false, first
		}
	}
	if lines, err = put(lines, line{Trail: &head}); err == nil && removed {
		lines, err = put(lines, line{Tombstone: &tomb})
	}
	return lines, after, err
}

func put(lines []string, l line) ([]string, error) {
	b, err := json.Marshal(l)
	return append(lines, string(b)), err
}

const (
	recordsBefore store.SQL = `SELECT seq, at, content, hash FROM disclosures WHERE corp = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3`
	firstSince    store.SQL = `SELECT seq FROM disclosures WHERE corp = $1 AND at >= $2 ORDER BY seq LIMIT 1`
)
