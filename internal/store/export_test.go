package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
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
			if s.only != "" && s.only != db.Engine() {
				continue
			}
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
func rawRows(ctx context.Context, q querier, text string, args ...any) (all [][]any, err error) {
	r, err := q.query(ctx, text, args)
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

var parameter = regexp.MustCompile(`\$(\d+)`)

// Plan prepares a statement and returns how the engine would run it. Parameters are unknown to the planner, and PostgreSQL
// is kept from reading a whole table merely because it is empty.
func (db *DB) Plan(ctx context.Context, q SQL) (lines []string, err error) {
	if db.Engine() == engineSQLite {
		most := 0
		for _, m := range parameter.FindAllStringSubmatch(string(q), -1) {
			n, _ := strconv.Atoi(m[1])
			most = max(most, n)
		}
		err = db.engine.view(ctx, func(v querier) error {
			rows, err := rawRows(ctx, v, "EXPLAIN QUERY PLAN "+string(q), make([]any, most)...)
			for _, row := range rows {
				lines = append(lines, fmt.Sprint(row[3]))
			}
			return err
		})
		return lines, err
	}
	name := "plan_" + strings.ToLower(rand.Text()) // outlives the transaction, until the connection ends
	err = db.engine.update(ctx, func(v querier) error {
		for _, s := range []string{"SET LOCAL enable_seqscan = off", "SET LOCAL plan_cache_mode = force_generic_plan",
			"PREPARE " + name + " AS " + string(q)} {
			if _, err := v.exec(ctx, s, nil); err != nil {
				return err
			}
		}
		rows, err := rawRows(ctx, v, "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = $1", name)
		if err != nil {
			return err
		}
		explain := "EXPLAIN EXECUTE " + name
		if n := int(rows[0][0].(int64)); n > 0 {
			explain += "(NULL" + strings.Repeat(", NULL", n-1) + ")"
		}
		rows, err = rawRows(ctx, v, explain)
		for _, row := range rows {
			lines = append(lines, fmt.Sprint(row[0]))
		}
		return err
	})
	return lines, err
}
