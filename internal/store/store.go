package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gatepost/gatepost/internal/id"
)

// Config says which database to open.
type Config struct {
	// Dir is the directory of the SQLite file gatepost.db; it is made when absent. Empty means a database that lives as
	// long as the DB: a file in the temporary directory, removed by Close.
	Dir string
	// Postgres is a connection URL. When it is set, Dir is not used. A search_path in the URL selects the schema.
	Postgres string
	// Volatile makes SQLite acknowledge before the disk does. A crash of the machine may then lose or damage the
	// database, so it is for tests and throw-away demonstrations. It is implied when Dir is empty.
	Volatile bool
}

// ErrClosed is returned by View and Update after Close.
var ErrClosed = errors.New("store: the database is closed")

// DB is an open, migrated database. It is safe for concurrent use.
type DB struct {
	engine    engine
	revisions revisions
	closing   sync.Once
}

// engine is what differs between SQLite and PostgreSQL.
type engine interface {
	name() string
	// view and update run the function in a transaction, and perhaps again. update returns nil once the change is durable.
	view(ctx context.Context, run func(querier) error) error
	update(ctx context.Context, run func(querier) error) error
	// catalogue reads tables, columns and foreign keys.
	catalogue(ctx context.Context, q querier) (catalogue, error)
	// probe finds out whether a database that did not answer does again.
	probe(ctx context.Context) error
	// migrator lends a connection that no other migrator has.
	migrate(ctx context.Context, run func(migrator) error) error
	// analyze brings the planner's statistics up to date, if it has any.
	analyze(ctx context.Context, tables []string) error
	// scrub overwrites what is left of old rows.
	scrub(ctx context.Context, tables []string) error
	// keeper divides parts of work among nodes.
	keeper(name string, parts int) keeper
	close() error
}

// querier runs statements in the transaction of one caller. The text is as written in Go: the engine rewrites macros.
type querier interface {
	exec(ctx context.Context, q string, args []any) (int64, error)
	query(ctx context.Context, q string, args []any) (rows, error)
}

// rows is the part of sql.Rows that is used, so that an engine can translate errors.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Open opens the database and brings its schema to this binary's version. It fails when another process has the SQLite
// file open, when the database was written by a newer binary, or when a migration that was applied has since been edited.
func Open(ctx context.Context, c Config) (*DB, error) {
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	return open(ctx, c, steps)
}

func open(ctx context.Context, c Config, steps []migration) (*DB, error) {
	db := &DB{}
	var err error
	if c.Postgres != "" {
		db.engine, err = openPostgres(ctx, c)
	} else {
		db.engine, err = openSQLite(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	if err = migrate(ctx, db.engine, steps); err == nil {
		err = db.revisions.start(ctx, db)
	}
	if err != nil {
		return nil, errors.Join(err, db.engine.close())
	}
	return db, nil
}

// Engine is "sqlite" or "postgres", for health pages and diagnostics. Code that branches on it is wrong.
func (db *DB) Engine() string { return db.engine.name() }

// Analyze tells the planner how much there is after many rows came in at once. Until PostgreSQL does so by itself, a
// minute or more later, it plans as if the tables were empty, and a page that takes milliseconds takes seconds.
func (db *DB) Analyze(ctx context.Context) error {
	tables, err := db.Tables(ctx)
	if err != nil {
		return err
	}
	return closing("analyze", db.engine.analyze(ctx, tables))
}

// Close waits for running transactions and closes the database. Close does not wait for callers that never return. A
// second Close does nothing.
func (db *DB) Close() error {
	var err error
	db.closing.Do(func() {
		db.revisions.stop()
		err = db.engine.close()
	})
	return err
}

// View runs f in a read transaction: all its statements see the same moment. It returns what f returns.
func View[T any](ctx context.Context, db *DB, f func(*Tx) (T, error)) (T, error) {
	var out T
	err := db.engine.view(ctx, func(q querier) error {
		tx := &Tx{ctx: ctx, querier: q}
		defer tx.end()
		var err error
		out, err = f(tx)
		return tx.outcome(err)
	})
	if err != nil {
		var none T
		return none, err
	}
	return out, nil
}

// Update runs f in a write transaction and commits when f returns nil. When f returns an error or panics, nothing of it
// remains. f may run again after a serialization failure, so it does nothing but talk to tx and it sets the variables it
// shares with its surroundings anew each time.
//
// ctx is looked at until f has returned. On SQLite a change whose f succeeded is then committed whatever becomes of ctx; on
// PostgreSQL an error during the commit itself, also that of a ctx that ends then, leaves open whether it was made.
func Update[T any](ctx context.Context, db *DB, f func(*Tx) (T, error)) (T, error) {
	var (
		out     T
		none    T
		done    *Tx
		written map[id.Corp]struct{} // by all runs
	)
	defer func() { db.revisions.wrote(written) }()
	err := db.engine.update(ctx, func(q querier) error {
		tx := &Tx{ctx: ctx, querier: q, write: true}
		defer tx.end()
		defer func() { written = addAll(written, tx.written) }()
		var err error
		out, err = f(tx)
		if err = tx.outcome(err); err != nil {
			return err
		}
		done = tx
		return tx.bump()
	})
	if err != nil {
		return none, err
	}
	db.revisions.committed(done.bumped)
	for _, f := range done.after {
		f()
	}
	return out, nil
}

// closing wraps an error of what concerns a whole database.
func closing(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: %s: %w", what, err)
}

// Scrub leaves nothing of rows that were deleted or overwritten in the files of tables: their free pages, and on SQLite
// the log. It needs the database for itself, and about its size in free disk space. What the disk keeps of the blocks
// that the files gave up, and backups, are beyond it.
func (db *DB) Scrub(ctx context.Context, tables []string) error {
	return closing("scrub", db.engine.scrub(ctx, tables))
}
