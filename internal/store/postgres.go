package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	enginePostgres = "postgres"

	// attempts bounds how often an Update is run. Under contention for one row every round has a winner, and all but one
	// of the losers of a process stand in the lane, so this is reached only when something else is wrong.
	attempts   = 20
	backoff    = 2 * time.Millisecond   // doubled with every attempt …
	backoffMax = 200 * time.Millisecond // … up to this
)

// postgresEngine is a pool of connections. pgx prepares and keeps the statements of each.
type postgresEngine struct {
	db     *sql.DB
	config *pgx.ConnConfig // of sessions beside the pool
	closed atomic.Bool
	found  *presence     // lost when no connection can be made; the watch for other nodes' changes finds out when one can
	most   int           // connections
	lane   chan struct{} // held by the one Update of this process that runs again
	texts  sync.Map      // SQL as written → as PostgreSQL wants it
}

func openPostgres(ctx context.Context, c Config) (engine, error) {
	config, err := pgx.ParseConfig(c.Postgres)
	if err != nil {
		return nil, closing("read the PostgreSQL URL", err) // pgx hides the password
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "gatepost"
	}
	found := newPresence()
	config.DialFunc, config.ConnectTimeout = found.dial, connectWait
	db := stdlib.OpenDB(*config)
	most := max(16, 4*runtime.GOMAXPROCS(0))
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(closing("connect to PostgreSQL", err), db.Close())
	}
	return &postgresEngine{db: db, config: config, lane: make(chan struct{}, 1), found: found, most: most}, nil
}

func (e *postgresEngine) name() string { return enginePostgres }

func (e *postgresEngine) analyze(ctx context.Context, tables []string) error {
	_, err := e.db.ExecContext(ctx, "ANALYZE "+strings.Join(tables, ", "))
	return err
}

// scrub writes the tables anew, without their dead rows. Their log goes as PostgreSQL recycles it.
func (e *postgresEngine) scrub(ctx context.Context, tables []string) error {
	_, err := e.db.ExecContext(ctx, "VACUUM FULL "+strings.Join(tables, ", "))
	return err
}

func (e *postgresEngine) close() error {
	e.closed.Store(true)
	return closing("close", e.db.Close())
}

// view reads at one moment, as on SQLite. When its connection breaks it reads once more on another: there may be one.
func (e *postgresEngine) view(ctx context.Context, run func(querier) error) error {
	options := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	err := e.transaction(ctx, options, run)
	if Away(err) && !e.found.away() && ctx.Err() == nil {
		err = e.transaction(ctx, options, run)
	}
	return err
}

// probe finds out whether the database is back. Until then nobody else waits for a connection.
func (e *postgresEngine) probe(ctx context.Context) error {
	if !e.found.away() {
		return nil
	}
	e.db.SetMaxIdleConns(0) // closes those that lead nowhere
	e.db.SetMaxIdleConns(e.most)
	if err := e.db.PingContext(ctx); err != nil {
		return err
	}
	e.found.back()
	return nil
}

// update runs serializable, so that code tested on SQLite, where writers follow each other, is right here too. The price
// is that a transaction may be told to start again.
func (e *postgresEngine) update(ctx context.Context, run func(querier) error) error {
	options := &sql.TxOptions{Isolation: sql.LevelSerializable}
	err := e.transaction(ctx, options, run)
	if !retryable(err) {
		return err
	}
	// Those that lost go one after another, or they would make each other lose again.
	select {
	case e.lane <- struct{}{}:
		defer func() { <-e.lane }()
	case <-ctx.Done():
		return errors.Join(ctx.Err(), err)
	}
	pause := backoff
	for n := 1; n < attempts; n++ {
		if err = e.transaction(ctx, options, run); !retryable(err) {
			return err
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
		pause = min(2*pause, backoffMax)
	}
	return fmt.Errorf("store: gave up after %d attempts: %w", attempts, err)
}

func (e *postgresEngine) transaction(ctx context.Context, o *sql.TxOptions, run func(querier) error) error {
	if e.found.away() {
		return ErrAway
	}
	ctx, end := e.found.join(ctx)
	defer end()
	err := e.within(ctx, o, run)
	if err != nil && errors.Is(context.Cause(ctx), ErrAway) {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return err
}

func (e *postgresEngine) within(ctx context.Context, o *sql.TxOptions, run func(querier) error) error {
	conn, tx, err := e.begin(ctx, o)
	if err != nil {
		if e.closed.Load() {
			return ErrClosed
		}
		if ctx.Err() == nil && Away(err) {
			e.found.lost()
		}
		return fmt.Errorf("store: begin: %w", err)
	}
	defer conn.Close()
	defer tx.Rollback() // after a commit it does nothing; before, the connection is dropped if it fails
	if err := run(pgQuerier{ctx, e, conn, tx}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	return nil
}

// begin begins a transaction, on another connection when one of the pool turns out to be gone.
func (e *postgresEngine) begin(ctx context.Context, o *sql.TxOptions) (*sql.Conn, *sql.Tx, error) {
	var failed error
	for range 3 {
		conn, err := e.db.Conn(ctx)
		if err != nil {
			return nil, nil, err
		}
		tx, err := conn.BeginTx(ctx, o)
		if err == nil {
			return conn, tx, nil
		}
		_ = conn.Close()
		if failed = err; !errors.Is(err, driver.ErrBadConn) {
			break
		}
	}
	return nil, nil, failed
}

func (e *postgresEngine) text(q string) string {
	if text, ok := e.texts.Load(q); ok {
		return text.(string)
	}
	text := postgresText(q)
	e.texts.Store(q, text)
	return text
}

type pgQuerier struct {
	ctx    context.Context //nolint:containedctx // that of the transaction, which ends also when the database is lost
	engine *postgresEngine
	conn   *sql.Conn
	tx     *sql.Tx
}

func (p pgQuerier) exec(_ context.Context, q string, args []any) (int64, error) {
	result, err := p.tx.ExecContext(p.ctx, p.engine.text(q), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (p pgQuerier) query(_ context.Context, q string, args []any) (rows, error) {
	return p.tx.QueryContext(p.ctx, p.engine.text(q), args...)
}
