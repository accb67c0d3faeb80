package dbpush

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/gatepost/gatepost/internal/event"
)

// ownError is a failure of the platform: the application's database has nothing
// to do with it.
type ownError struct{ error }

func (e *ownError) Unwrap() error { return e.error }

// maxAgain is how often a transaction is run that the database ended in favour
// of another session.
const maxAgain = 3

// write writes the rows of changes anew, all or none.
func (p *Push) write(ctx context.Context, s *event.Subscription, t *target, changes []change) (err error) {
	for range maxAgain {
		if err = p.writeOnce(ctx, s, t, changes); err == nil || explained(t.dialect, err) != troubleDeadlock || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func (p *Push) writeOnce(ctx context.Context, s *event.Subscription, t *target, changes []change) error {
	w, err := t.dialect.begin(ctx, t.db, t.settings.Subscriber)
	if err != nil {
		return err
	}
	defer w.abandon()
	rows, err := p.rows(ctx, s, changes) // under the lock, or it could be older than what is there
	if err != nil {
		return &ownError{err}
	}
	for len(rows) > 0 {
		n := slices.IndexFunc(rows, func(r row) bool { return r.table != rows[0].table || r.bizType != rows[0].bizType })
		if n < 0 {
			n = len(rows)
		}
		if err := t.replace(ctx, w, s, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return w.commit()
}

// rows reads what is so of the objects of changes. Of several changes of one
// object the last counts. They are in an order in which two writers cannot wait
// for each other.
func (p *Push) rows(ctx context.Context, s *event.Subscription, changes []change) ([]row, error) {
	last := map[key]int{}
	for i := range changes {
		last[key{changes[i].kind.bizType, changes[i].id}] = i
	}
	list := make([]row, 0, len(last))
	for i := range changes {
		c := &changes[i]
		if last[key{c.kind.bizType, c.id}] != i {
			continue
		}
		state, err := p.Objects.State(ctx, s, c.kind.object, c.id)
		if err != nil {
			return nil, fmt.Errorf("state of %s %s: %w", c.kind.object, c.id, err)
		}
		if state.Rowless || c.event == 0 && (!state.There || state.Errcode != 0) {
			continue // a copy holds what the application may see
		}
		r, err := rowOf(c, state)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.bizType, b.bizType), cmp.Compare(a.id, b.id))
	})
	return list, nil
}

// replace deletes the rows of some objects of one kind and inserts those that are
// so now.
func (t *target) replace(ctx context.Context, w *writing, s *event.Subscription, rows []row) error {
	of := rows[0].table
	args := make([]any, 0, len(rows)*perRow)
	args = append(args, t.settings.Subscriber, string(s.Corp), rows[0].bizType)
	for i := range rows {
		args = append(args, rows[i].id)
	}
	if _, err := w.ExecContext(ctx, deleteText(t.dialect, &t.settings, of, len(rows)), args...); err != nil {
		return err
	}
	args = args[:0]
	for i := range rows {
		args = append(args, t.settings.Subscriber, string(s.Corp), rows[i].id, rows[i].bizType, rows[i].data, int64(rows[i].cursor))
	}
	_, err := w.ExecContext(ctx, insertText(t.dialect, &t.settings, of, len(rows)), args...)
	return err
}
