package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/gatepost/gatepost/internal/id"
)

// SQL is a statement. It is always a named constant, so that the test of all statements finds it.
type SQL string

// Row is one row of an answer.
type Row interface {
	// Scan copies the columns into the pointers, in order.
	Scan(dest ...any) error
}

// Tx is a transaction. It belongs to the function it was given to, is not safe for concurrent use, and refuses everything
// once that function has returned.
type Tx struct {
	ctx     context.Context //nolint:containedctx // a transaction lives exactly as long as the call it serves
	querier querier
	write   bool
	ended   bool
	failed  error               // of the first statement that failed
	topics  map[string]struct{} // touched
	bumped  map[string]int64    // topic → its new version

	written map[id.Corp]struct{} // whose rows were changed
	after   []func()             // after the commit
}

var (
	// ErrNone is returned by One when there is no row.
	ErrNone = errors.New("store: no row")

	errEnded = errors.New("store: the transaction has ended")
	errView  = errors.New("store: Exec and Touch need an Update")
)

// Context is the context of the View or Update.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Writes reports whether this is the transaction of an Update: what it sees may be its own, or of a change that is not
// committed yet, so no cache is filled from it.
func (tx *Tx) Writes() bool { return tx.write }

// After has f called once this transaction is committed, before Update returns; never when it is not. f must not block nor
// call View or Update. It panics in a View.
func (tx *Tx) After(f func()) {
	if tx.ended || !tx.write {
		panic(errView)
	}
	tx.after = append(tx.after, f)
}

// Exec runs a statement and returns the number of rows it changed.
func (tx *Tx) Exec(q SQL, args ...any) (rows int64, err error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	if !tx.write {
		return 0, errView
	}
	tx.writes(string(q), args)
	rows, err = tx.querier.exec(tx.ctx, string(q), args)
	if err != nil {
		return 0, tx.fail(string(q), err)
	}
	return rows, nil
}

// All runs a query and returns what scan makes of each row, in order; nil when there is none. scan reads the row and does
// nothing else: the connection is busy with the rest of the answer.
func All[T any](tx *Tx, q SQL, scan func(Row) (T, error), args ...any) ([]T, error) {
	var list []T
	err := tx.each(string(q), args, func(r Row) (bool, error) {
		one, err := scan(r)
		list = append(list, one)
		return true, err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// One runs a query and returns what scan makes of its first row, or [ErrNone].
func One[T any](tx *Tx, q SQL, scan func(Row) (T, error), args ...any) (T, error) {
	var (
		one, none T
		found     bool
	)
	err := tx.each(string(q), args, func(r Row) (more bool, err error) {
		found = true
		one, err = scan(r)
		return false, err
	})
	switch {
	case err != nil:
		return none, err
	case !found:
		return none, ErrNone
	}
	return one, nil
}

// List is the argument of @strings($n) and @ints($n): a JSON list. A nil list is the empty one.
func List[T ~string | ~int64](xs []T) string {
	if len(xs) == 0 {
		return "[]"
	}
	b, err := json.Marshal(xs)
	if err != nil { // a type with a MarshalJSON of its own that fails: a programming error
		panic(fmt.Sprintf("store: list of %T: %v", xs, err))
	}
	return string(b)
}

// Rows is the argument of @rows($n): a JSON list of rows, each a list of numbers and texts, which the statement takes apart
// as value ->> 0, value ->> 1 and so on, each cast to what it is.
func Rows(rows [][]any) string {
	if len(rows) == 0 {
		return "[]"
	}
	b, err := json.Marshal(rows)
	if err != nil { // a value that is no number nor text: a programming error
		panic(fmt.Sprintf("store: rows: %v", err))
	}
	return string(b)
}

// each calls f for every row until it says that it needs no more.
func (tx *Tx) each(q string, args []any, f func(Row) (more bool, err error)) error {
	if err := tx.usable(); err != nil {
		return err
	}
	if tx.write && changes(q) {
		tx.writes(q, args)
	}
	r, err := tx.querier.query(tx.ctx, q, args)
	if err != nil {
		return tx.fail(q, err)
	}
	defer r.Close() // again, harmlessly, unless f panics
	for r.Next() {
		if err := tx.ctx.Err(); err != nil {
			return tx.fail(q, err)
		}
		more, err := f(r)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if err := errors.Join(r.Err(), r.Close()); err != nil {
		return tx.fail(q, err)
	}
	return nil
}

// usable says why no further statement can run, if so.
func (tx *Tx) usable() error {
	switch {
	case tx.ended:
		return errEnded
	case tx.failed != nil:
		return fmt.Errorf("store: the transaction failed before: %w", tx.failed)
	}
	return tx.ctx.Err()
}

// fail remembers the first failure, with the statement's beginning and never its arguments, which may be secrets.
func (tx *Tx) fail(q string, err error) error {
	if cause := tx.ctx.Err(); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w (%w)", cause, err) // SQLite says "interrupted"
	}
	tx.failed = fmt.Errorf("store: %s: %w", brief(q), err)
	return tx.failed
}

// outcome is the error the function ends with: its own, or else that of a statement whose failure it swallowed.
func (tx *Tx) outcome(err error) error {
	if err == nil {
		return tx.failed
	}
	if tx.failed != nil && !errors.Is(err, tx.failed) && retryable(tx.failed) {
		return tx.failed // the function drew conclusions from a failure that another run will not see
	}
	return err
}

func (tx *Tx) end() { tx.ended = true }

// brief is the beginning of a statement on one line.
func brief(q string) string {
	const most = 60
	line := strings.Join(strings.Fields(q), " ")
	if r := []rune(line); len(r) > most {
		return string(r[:most]) + "…"
	}
	return line
}
