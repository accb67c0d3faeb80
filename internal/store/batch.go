package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Batch is statements of an Update that run one after another, on PostgreSQL in one round trip. None of them can depend on
// what one before answers.
type Batch struct {
	tx   *Tx
	list []queued
}

type queued struct {
	text string
	args []any
}

// Batch begins one.
func (tx *Tx) Batch() *Batch { return &Batch{tx: tx} }

// Exec adds a statement. What it answers, if anything, has one column of numbers.
func (b *Batch) Exec(q SQL, args ...any) {
	b.list = append(b.list, queued{string(q), args})
}

// Run runs the statements and returns what each answered.
func (b *Batch) Run() ([][]int64, error) {
	tx := b.tx
	if err := tx.usable(); err != nil {
		return nil, err
	}
	if !tx.write {
		return nil, errView
	}
	for _, s := range b.list {
		tx.writes(s.text, s.args)
	}
	var answers [][]int64
	var err error
	if p, ok := tx.querier.(pgQuerier); ok {
		answers, err = p.together(b.list)
	} else {
		answers, err = inTurn(tx.ctx, tx.querier, b.list)
	}
	if err != nil {
		return nil, tx.fail(b.list[min(len(answers), len(b.list)-1)].text, err)
	}
	return answers, nil
}

// errAgain is what Again fails with.
var errAgain = errors.New("the function asked to be run again")

// Again has an Update run its function again, because it knows better now, and returns the error that the function is to
// end with.
func (tx *Tx) Again() error {
	tx.failed = fmt.Errorf("store: %w", errAgain)
	return tx.failed
}

// inTurn runs a batch statement by statement.
func inTurn(ctx context.Context, q querier, list []queued) (answers [][]int64, err error) {
	for _, s := range list {
		var numbers []int64
		if strings.Contains(s.text, "RETURNING") {
			numbers, err = numbersOf(q.query(ctx, s.text, s.args))
		} else {
			_, err = q.exec(ctx, s.text, s.args)
		}
		if err != nil {
			return answers, err
		}
		answers = append(answers, numbers)
	}
	return answers, nil
}

func numbersOf(r rows, err error) (list []int64, _ error) {
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for r.Next() {
		var n int64
		if err := r.Scan(&n); err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, errors.Join(r.Err(), r.Close())
}

// together runs a batch in one round trip.
func (p pgQuerier) together(list []queued) (answers [][]int64, err error) {
	b := &pgx.Batch{}
	for _, s := range list {
		b.Queue(p.engine.text(s.text), s.args...)
	}
	err = p.conn.Raw(func(driver any) (err error) {
		results := driver.(*stdlib.Conn).Conn().SendBatch(p.ctx, b)
		defer func() { err = errors.Join(err, results.Close()) }()
		for range list {
			r, err := results.Query()
			if err != nil {
				return err
			}
			numbers, err := pgx.CollectRows(r, pgx.RowTo[int64])
			if err != nil {
				return err
			}
			answers = append(answers, numbers)
		}
		return nil
	})
	return answers, err
}
