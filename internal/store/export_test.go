package store

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// OpenWith opens a database with other migrations than the binary's.
func OpenWith(ctx context.Context, c Config, files fs.FS) (*DB, error) {
	steps, err := readMigrations(files)
	if err != nil {
		return nil, err
	}
	return open(ctx, c, steps)
}

// OpenAt opens a database as a binary did that had the migrations up to version.
func OpenAt(ctx context.Context, c Config, version int64) (*DB, error) {
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	return open(ctx, c, slices.DeleteFunc(steps, func(m migration) bool { return m.version > version }))
}

// Load runs the statements of a fixture.
func (db *DB) Load(ctx context.Context, text string) error {
	statements, err := split(text)
	if err != nil {
		return err
	}
	return db.engine.update(ctx, func(q querier) error {
		for _, s := range statements {
			if _, err := q.exec(ctx, s.text, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// Lines reads a whole table as text, one line for each row, in the order of the lines.
func (db *DB) Lines(ctx context.Context, table string) (lines []string, err error) {
	all, err := db.schema(ctx)
	if err != nil {
		return nil, err
	}
	m := mover{table, all.of(table)}
	err = db.engine.view(ctx, func(q querier) error {
		_, _, err := m.sum(ctx, q, func(row []any) error {
			lines = append(lines, line(row))
			return nil
		})
		return err
	})
	slices.Sort(lines)
	return lines, err
}

// Statements opens a bare look at the engine: the text after macros, for the test of all statements.
func Statements(db *DB, q SQL) string {
	if db.Engine() == engineSQLite {
		return sqliteText(string(q))
	}
	return postgresText(string(q))
}

// Raw runs a query outside the rules and returns all columns of all rows.
func (db *DB) Raw(ctx context.Context, statements ...string) (all [][]any, err error) {
	err = db.engine.update(ctx, func(q querier) error {
		for _, s := range statements[:len(statements)-1] {
			if _, err := q.exec(ctx, s, nil); err != nil {
				return err
			}
		}
		all, err = rawRows(ctx, q, statements[len(statements)-1])
		return err
	})
	return all, err
}
func rawRows(ctx context.Context, q querier, text string) (all [][]any, err error) {
	r, err := q.query(ctx, text, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	columns, err := r.(interface{ Columns() ([]string, error) }).Columns()
	if err != nil {
		return nil, err
	}
	for r.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := r.Scan(into...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, r.Err()
}

func line(row []any) string {
	words := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case []byte:
			words[i] = fmt.Sprintf("x'%x'", v)
		default:
			words[i] = fmt.Sprint(v)
		}
	}
	return strings.Join(words, "|")
}
