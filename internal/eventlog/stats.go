package eventlog

import (
	"context"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Bucket is what became of the tries of a minute or an hour.
type Bucket struct {
	At       time.Time
	Sent     int64 // tries
	Accepted int64
	Failed   int64
	P50, P99 time.Duration // of the tries that reached a receiver
}

const (
	statsPage = 5_000
	statsMost = 200_000 // tries that one question reads
)

type tried struct {
	id      int64
	at      int64
	took    int64
	outcome event.Outcome
}

// Stats counts the tries of a subscription since a time, by steps. It reads the
// newest first and at most statsMost; complete is false if there are more.
func (d *Desk) Stats(ctx context.Context, corp id.Corp, sub id.Subscription, since time.Time, step time.Duration) (list []Bucket, complete bool, err error) {
	since = since.Truncate(step)
	n := int(d.real().Sub(since)/step) + 1
	list = make([]Bucket, n)
	took := make([][]int64, n)
	for i := range list {
		list[i].At = since.Add(time.Duration(i) * step)
	}
	before, read := int64(newest), 0
	for read < statsMost {
		page, err := store.View(ctx, d.db, func(tx *store.Tx) ([]tried, error) {
			return store.All(tx, triesSince, func(r store.Row) (t tried, err error) { return t, r.Scan(&t.id, &t.at, &t.took, &t.outcome) },
				corp, sub, firstAt(since), before, statsPage)
		})
		if err != nil {
			return nil, false, err
		}
		for _, t := range page {
			if i := int(time.UnixMilli(t.at).Sub(since) / step); i >= 0 && i < n {
				list[i].add(t)
				if t.took > 0 {
					took[i] = append(took[i], t.took)
				}
			}
			before = t.id
		}
		if read += len(page); len(page) < statsPage {
			complete = true
			break
		}
	}
	for i := range list {
		slices.Sort(took[i])
		list[i].P50, list[i].P99 = quantile(took[i], 50), quantile(took[i], 99)
	}
	return list, complete, nil
}

func (b *Bucket) add(t tried) {
	switch t.outcome {
	case event.Dropped, event.Fetched: // nothing was sent
		return
	case event.Accepted:
		b.Accepted++
	case event.Failed:
		b.Failed++
	case event.Later:
	}
	b.Sent++
}

// quantile is the value that percent of the sorted microseconds do not exceed.
func quantile(sorted []int64, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return time.Duration(sorted[(len(sorted)*percent+99)/100-1]) * time.Microsecond
}

const triesSince store.SQL = `
	SELECT id, at, took_us, outcome FROM attempts WHERE corp = $1 AND subscription = $2 AND id >= $3 AND id < $4 ORDER BY id DESC LIMIT $5`
