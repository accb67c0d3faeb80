package trail

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// sweepBatch is how many records one transaction of the sweep removes.
const sweepBatch = 1000

// left finds the corps whose last records were not sealed when the process
// ended.
func (t *Trail) left(ctx context.Context) error {
	return t.everyCorp(ctx, func(corp id.Corp) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.unsealed[corp] = true
		return nil
	})
}

// everyCorp calls f with each corp that has records.
func (t *Trail) everyCorp(ctx context.Context, f func(id.Corp) error) error {
	for corp := id.Corp(""); ; {
		next, err := store.View(ctx, t.db, func(tx *store.Tx) (id.Corp, error) { return store.One(tx, nextCorp, scanCorp, corp) })
		if errors.Is(err, store.ErrNone) {
			return nil
		}
		if err == nil {
			err = f(next)
		}
		if err != nil {
			return err
		}
		corp = next
	}
}

// seal seals every chain that has grown.
func (t *Trail) seal(ctx context.Context) error {
	t.mu.Lock()
	grown := t.unsealed
	t.unsealed = map[id.Corp]bool{}
	t.mu.Unlock()
	var errs []error
	for corp := range grown {
		if _, err := t.Seal(ctx, corp); err != nil {
			errs = append(errs, err)
			t.mu.Lock()
			t.unsealed[corp] = true
			t.mu.Unlock()
		}
	}
	return errors.Join(errs...)
}

// Seal signs the last record of corp's chain, after it has checked what came
// since the seal before, and returns the seal; the zero Seal if there is no
// record. It fails with a *Problem where the chain does not fit: what was
// tampered with is not signed.
func (t *Trail) Seal(ctx context.Context, corp id.Corp) (Seal, error) {
	now := t.real().UnixMilli()
	return store.Update(ctx, t.db, func(tx *store.Tx) (Seal, error) {
		last, err := store.One(tx, lastSeal, scanSeal(corp), corp)
		if err != nil && !errors.Is(err, store.ErrNone) {
			return Seal{}, err
		}
		c := newChecker(corp, t.public(), last.Seq+1)
		c.prev, c.report.Last = last.Hash, last.Seq
		if last.Seq == 0 {
			if err := begin(tx, c); err != nil {
				return Seal{}, err
			}
		}
		if err := t.tell(tx, c, c.next-1, 0); err != nil {
			return Seal{}, err
		}
		if c.report.Problem != nil {
			return Seal{}, fmt.Errorf("trail: the chain of %s is not sealed: %w", corp, c.report.Problem)
		}
		if c.report.Last == last.Seq {
			return last, nil
		}
		s := t.sign(corp, c.report.Last, c.prev, now)
		_, err = tx.Exec(insertSeal, corp, s.Seq, s.Hash, s.At, s.Sig)
		return s, err
	})
}

func (t *Trail) sign(corp id.Corp, seq int64, hash string, at int64) Seal {
	s := Seal{Corp: corp, Seq: seq, Hash: hash, At: at}
	s.Sig = ed25519.Sign(t.key, s.message())
	return s
}

// begin tells a checker what the retention removed.
func begin(tx *store.Tx, c *checker) error {
	tomb, err := tombstoneOf(tx, c.report.Corp)
	if errors.Is(err, store.ErrNone) {
		return nil
	}
	if err == nil {
		c.tombstone(tomb)
	}
	return err
}

// stored is a record as its row has it.
type stored struct{ text, hash string }

// tellPage is how many records are read at once.
const tellPage = 1000

// tell tells a checker the records after one, and the seals; up to the last of
// them, or to most records if that is not 0.
func (t *Trail) tell(tx *store.Tx, c *checker, after, most int64) error {
	corp := c.report.Corp
	for told := int64(0); most == 0 || told < most; {
		page := int64(tellPage)
		if most != 0 {
			page = min(page, most-told)
		}
		rows, err := store.All(tx, recordsAfter, scanNumbered, corp, after, page)
		if err != nil || len(rows) == 0 {
			return err
		}
		seals, err := store.All(tx, sealsBetween, scanSeal(corp), corp, after, rows[len(rows)-1].seq)
		if err != nil {
			return err
		}
		for _, r := range rows {
			c.record(r.text, r.hash)
			for len(seals) > 0 && seals[0].Seq <= r.seq {
				c.seal(seals[0])
				seals = seals[1:]
			}
			after = r.seq
		}
		told += int64(len(rows))
	}
	return nil
}

// Verify checks the whole chain of corp as it stands. With a seal that was kept
// elsewhere it finds whether the chain still holds what was under it.
func (t *Trail) Verify(ctx context.Context, corp id.Corp, kept *Seal) (Report, error) {
	if err := t.Flush(ctx); err != nil {
		return Report{}, err
	}
	return store.View(ctx, t.db, func(tx *store.Tx) (Report, error) {
		c := newChecker(corp, t.public(), 1)
		if err := begin(tx, c); err != nil {
			return Report{}, err
		}
		if err := t.tell(tx, c, c.next-1, 0); err != nil {
			return Report{}, err
		}
		beyond, err := store.All(tx, sealsBetween, scanSeal(corp), corp, c.report.Last, int64(1)<<62)
		for _, s := range beyond {
			c.seal(s)
		}
		if err == nil && kept != nil {
			err = c.against(tx, *kept)
		}
		return c.report, err
	})
}

// against compares the chain with a seal that was kept elsewhere.
func (c *checker) against(tx *store.Tx, kept Seal) error {
	if kept.Corp != c.report.Corp || !ed25519.Verify(c.key, kept.message(), kept.Sig) {
		c.fails(kept.Seq, "signature of the seal that was kept", "one of this platform", "another")
		return nil
	}
	if kept.Seq > c.report.Last {
		c.fails(kept.Seq, "end of the chain", number(kept.Seq)+" or later", number(c.report.Last))
		return nil
	}
	r, err := store.One(tx, recordAt, scanNumbered, c.report.Corp, kept.Seq)
	if errors.Is(err, store.ErrNone) { // under the tombstone
		return nil
	}
	if err == nil && r.hash != kept.Hash {
		c.fails(kept.Seq, "hash under the seal that was kept", kept.Hash, r.hash)
	}
	return err
}

// Sweep removes the records that are older than the retention, sealed ones only.
func (t *Trail) Sweep(ctx context.Context) error {
	now := t.real()
	before := now.Add(-t.Keep).UnixMilli()
	return t.everyCorp(ctx, func(corp id.Corp) error {
		for {
			n, err := store.Update(ctx, t.db, func(tx *store.Tx) (int64, error) { return t.sweep(tx, corp, before, now.UnixMilli()) })
			if err != nil || n < sweepBatch {
				return err
			}
		}
	})
}

// sweep removes some records from the front of corp's chain.
func (t *Trail) sweep(tx *store.Tx, corp id.Corp, before, now int64) (int64, error) {
	seal, err := store.One(tx, lastSeal, scanSeal(corp), corp)
	if errors.Is(err, store.ErrNone) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	rows, err := store.All(tx, recordsAfter, scanNumbered, corp, int64(0), sweepBatch)
	if err != nil {
		return 0, err
	}
	var last numbered
	n := int64(0)
	for _, r := range rows {
		if r.at >= before || r.seq >= seal.Seq { // the last sealed one stays, so that a chain never is without
			break
		}
		last, n = r, n+1
	}
	if n == 0 {
		return 0, nil
	}
	tomb, err := tombstoneOf(tx, corp)
	if errors.Is(err, store.ErrNone) {
		tomb, err = Tombstone{Corp: corp, From: 1}, nil
	}
	if err != nil {
		return 0, err
	}
	tomb.Seq, tomb.Hash, tomb.At = last.seq, last.hash, now
	tomb.Count += n
	tomb.Sig = ed25519.Sign(t.key, tomb.message())
	if _, err := tx.Exec(putTombstone, corp, tomb.From, tomb.Seq, tomb.Hash, tomb.Count, tomb.At, tomb.Sig); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(deleteSeals, corp, tomb.Seq); err != nil {
		return 0, err
	}
	return tx.Exec(deleteRecords, corp, tomb.Seq)
}

func tombstoneOf(tx *store.Tx, corp id.Corp) (Tombstone, error) {
	return store.One(tx, selectTombstone, func(row store.Row) (s Tombstone, err error) {
		s.Corp = corp
		err = row.Scan(&s.From, &s.Seq, &s.Hash, &s.Count, &s.At, &s.Sig)
		return s, err
	}, corp)
}

func scanSeal(corp id.Corp) func(store.Row) (Seal, error) {
	return func(row store.Row) (s Seal, err error) {
		s.Corp = corp
		err = row.Scan(&s.Seq, &s.Hash, &s.At, &s.Sig)
		return s, err
	}
}

// numbered is a stored record with its place.
type numbered struct {
	stored
	seq, at int64
}

func scanNumbered(row store.Row) (n numbered, err error) {
	err = row.Scan(&n.seq, &n.at, &n.text, &n.hash)
	return n, err
}

const (
	nextCorp store.SQL = `/* all corps: one after the other */
		SELECT corp FROM disclosures WHERE corp > $1 ORDER BY corp LIMIT 1`
	recordsAfter store.SQL = `SELECT seq, at, content, hash FROM disclosures WHERE corp = $1 AND seq > $2 ORDER BY seq LIMIT $3`
	recordAt     store.SQL = `SELECT seq, at, content, hash FROM disclosures WHERE corp = $1 AND seq = $2`
	lastSeal     store.SQL = `SELECT seq, hash, at, sig FROM disclosure_seals WHERE corp = $1 ORDER BY seq DESC LIMIT 1`
	sealsBetween store.SQL = `SELECT seq, hash, at, sig FROM disclosure_seals WHERE corp = $1 AND seq > $2 AND seq <= $3 ORDER BY seq`
	insertSeal   store.SQL = `/* aside: the trail */ INSERT INTO disclosure_seals (corp, seq, hash, at, sig) VALUES ($1, $2, $3, $4, $5)`

	selectTombstone store.SQL = `SELECT from_seq, seq, hash, removed, at, sig FROM disclosure_tombstones WHERE corp = $1`
	putTombstone    store.SQL = `/* aside: the trail */ INSERT INTO disclosure_tombstones (corp, from_seq, seq, hash, removed, at, sig) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (corp) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, removed = excluded.removed, at = excluded.at, sig = excluded.sig`
	deleteSeals   store.SQL = `/* aside: the trail */ DELETE FROM disclosure_seals WHERE corp = $1 AND seq <= $2`
	deleteRecords store.SQL = `/* aside: the trail */ DELETE FROM disclosures WHERE corp = $1 AND seq <= $2`
)
