package store

import (
	"context"
	"fmt"
	"strings"
)

// Column is a column as both engines describe it.
type Column struct {
	Table string
	Name  string
	Type  string // TEXT, BIGINT, BOOLEAN or BYTEA
	Null  bool   // may be NULL
	Key   int    // place in the primary key, from 1; 0: not in it
}

// catalogue is what the database says about its tables; the store's own record of migrations is left out.
type catalogue struct {
	columns []Column    // by table, then name
	refers  [][2]string // table, and a table that its foreign keys point to
}

// Tables lists the tables in the order of their names, without the store's record of migrations.
func (db *DB) Tables(ctx context.Context) ([]string, error) {
	columns, err := db.Columns(ctx)
	return catalogue{columns: columns}.tables(), err
}

// Columns lists the columns of all Tables in the order of table and name. A database of either engine that was migrated by
// the same binary answers the same.
func (db *DB) Columns(ctx context.Context) ([]Column, error) {
	c, err := db.schema(ctx)
	return c.columns, err
}

func (db *DB) schema(ctx context.Context) (c catalogue, err error) {
	err = db.engine.view(ctx, func(q querier) error {
		c, err = db.engine.catalogue(ctx, q)
		return err
	})
	if err != nil {
		return catalogue{}, fmt.Errorf("store: read the schema: %w", err)
	}
	return c, nil
}

func (c catalogue) tables() []string {
	var tables []string
	for _, col := range c.columns {
		if n := len(tables); n == 0 || tables[n-1] != col.Table {
			tables = append(tables, col.Table)
		}
	}
	return tables
}

func (c catalogue) of(table string) []Column {
	var columns []Column
	for _, col := range c.columns {
		if col.Table == table {
			columns = append(columns, col)
		}
	}
	return columns
}

const (
	sqliteColumnsOf SQL = `/* only: sqlite */
		SELECT m.name, c.name, c.type, c."notnull" = 0, c.pk
		FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND m.name <> 'schema_versions'
		ORDER BY m.name, c.name`
	sqliteRefers SQL = `/* only: sqlite */
		SELECT DISTINCT m.name, f."table"
		FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
		WHERE m.type = 'table'
		ORDER BY m.name, f."table"`

	postgresColumnsOf SQL = `/* only: postgres */
		SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
			coalesce(array_position(k.conkey, a.attnum), 0)
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_versions'
		ORDER BY c.relname::text COLLATE "C", a.attname::text COLLATE "C"`
	postgresRefers SQL = `/* only: postgres */
		SELECT DISTINCT c.relname::text, t.relname::text
		FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
		WHERE k.contype = 'f' AND c.relnamespace = current_schema()::regnamespace
		ORDER BY 1, 2`
)

func (e *sqliteEngine) catalogue(ctx context.Context, q querier) (catalogue, error) {
	return readCatalogue(ctx, q, sqliteColumnsOf, sqliteRefers)
}

func (e *postgresEngine) catalogue(ctx context.Context, q querier) (catalogue, error) {
	return readCatalogue(ctx, q, postgresColumnsOf, postgresRefers)
}

func readCatalogue(ctx context.Context, q querier, columns, refers SQL) (c catalogue, err error) {
	tx := &Tx{ctx: ctx, querier: q}
	c.columns, err = All(tx, columns, func(r Row) (col Column, err error) {
		err = r.Scan(&col.Table, &col.Name, &col.Type, &col.Null, &col.Key)
		col.Type = strings.ToUpper(col.Type)
		return col, err
	})
	if err != nil {
		return c, err
	}
	c.refers, err = All(tx, refers, func(r Row) (pair [2]string, err error) {
		return pair, r.Scan(&pair[0], &pair[1])
	})
	return c, err
}
