package store

import (
	"context"
	"database/sql"
	"fmt"
)

// migrate runs on the writer's connection before there is a writer; the file lock keeps other processes away.
func (e *sqliteEngine) migrate(ctx context.Context, run func(migrator) error) error {
	if err := run(sqliteMigrator{e.session}); err != nil {
		return err
	}
	e.writer = newWriter(e.session)
	return nil
}

type sqliteMigrator struct{ *session }

// exec does not keep the statement: it runs once in the life of the database.
func (m sqliteMigrator) exec(ctx context.Context, q string, args []any) (int64, error) {
	return execOn(ctx, m.conn, q, args)
}

func (m sqliteMigrator) transaction(ctx context.Context, run func() error) error {
	return bracket(ctx, m.conn, "BEGIN IMMEDIATE", run)
}

// migrate holds a lock of the session while it runs, so that of many nodes that start at once one migrates and the others
// find the work done. The key is the schema's, so that databases that share a server do not wait for each other.
func (e *postgresEngine) migrate(ctx context.Context, run func(migrator) error) error {
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	defer conn.Close()
	const key = `(hashtext('gatepost migrate ' || current_schema()))`
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock`+key); err != nil {
		return fmt.Errorf("store: migrate: wait for other nodes: %w", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock`+key) //nolint:errcheck // ends with conn too
	return run(postgresMigrator{conn})
}

type postgresMigrator struct{ conn *sql.Conn }

func (m postgresMigrator) exec(ctx context.Context, q string, args []any) (int64, error) {
	return execOn(ctx, m.conn, q, args)
}

func (m postgresMigrator) query(ctx context.Context, q string, args []any) (rows, error) {
	return m.conn.QueryContext(ctx, q, args...)
}

func (m postgresMigrator) transaction(ctx context.Context, run func() error) error {
	return bracket(ctx, m.conn, "BEGIN", run)
}

func execOn(ctx context.Context, conn *sql.Conn, q string, args []any) (int64, error) {
	result, err := conn.ExecContext(ctx, q, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func bracket(ctx context.Context, conn *sql.Conn, begin string, run func() error) error {
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return err
	}
	if err := run(); err != nil {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // the first error is the one to tell
		return err
	}
	_, err := conn.ExecContext(ctx, "COMMIT")
	return err
}
