package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// TableReport compares one table on both sides after a Move.
type TableReport struct {
	Table      string
	Rows       int64  // in the source
	Hash       string // of the source's rows in any order, hexadecimal
	TargetRows int64
	TargetHash string
}

// Same says whether both sides have the same rows.
func (r TableReport) Same() bool { return r.Rows == r.TargetRows && r.Hash == r.TargetHash }

// moveBatch bounds the rows of one INSERT, and moveParams its parameters: SQLite takes 32766, PostgreSQL 65535.
const (
	moveBatch  = 500
	moveParams = 30000
)

// Move copies every table of from into to, which must be migrated to the same version and empty but for what migrations put
// in, and compares both sides:
// the number of rows, and a hash of their contents. It is one read transaction there and one write transaction here, so
// that an error, also that of a difference, leaves to as empty as it was. The reports are returned also when they differ.
//
// progress, when not nil, is called with the number of rows copied so far after each batch. Nothing else should write to
// from meanwhile, because it would not be copied: stop the platform first.
func Move(ctx context.Context, from, to *DB, progress func(table string, rows int64)) ([]TableReport, error) {
	if progress == nil {
		progress = func(string, int64) {}
	}
	tables, order, err := movable(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("store: move: %w", err)
	}
	blank, err := blanks(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: move: %w", err)
	}
	var reports []TableReport
	err = from.engine.view(ctx, func(source querier) error {
		return to.engine.update(ctx, func(target querier) error {
			reports = nil // the target may have us start again
			for _, table := range order {
				report, err := moveTable(ctx, mover{table, tables.of(table)}, source, target, blank[table], progress)
				if err != nil {
					return fmt.Errorf("store: move table %s: %w", table, err)
				}
				reports = append(reports, report)
			}
			return differences(reports)
		})
	})
	if err == nil {
		err = to.Analyze(ctx)
	}
	return reports, err
}

func differences(reports []TableReport) error {
	var errs []error
	for _, r := range reports {
		if !r.Same() {
			errs = append(errs, fmt.Errorf("store: move: table %s differs: %d rows with hash %.16s there, %d with %.16s here",
				r.Table, r.Rows, r.Hash, r.TargetRows, r.TargetHash))
		}
	}
	return errors.Join(errs...)
}

// movable checks that both schemas are equal and returns the order in which tables can be filled.
func movable(ctx context.Context, from, to *DB) (catalogue, []string, error) {
	there, err := from.schema(ctx)
	if err != nil {
		return there, nil, err
	}
	here, err := to.schema(ctx)
	if err != nil {
		return there, nil, err
	}
	if !slices.Equal(there.columns, here.columns) {
		return there, nil, errors.New("the two databases do not have the same tables: migrate both with the same binary")
	}
	for _, c := range there.columns {
		if _, ok := canonical[c.Type]; !ok {
			return there, nil, fmt.Errorf("column %s.%s is a %s: columns are TEXT, BIGINT, BOOLEAN or BYTEA", c.Table, c.Name, c.Type)
		}
	}
	order, err := here.order()
	return there, order, err
}

// order puts every table behind those its foreign keys point to.
func (c catalogue) order() ([]string, error) {
	left := c.tables()
	var done []string
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(table string) bool {
			return !slices.ContainsFunc(c.refers, func(r [2]string) bool {
				return r[0] == table && slices.Contains(left, r[1])
			})
		})
		if i < 0 {
			return nil, fmt.Errorf("the foreign keys of %s refer to each other", strings.Join(left, ", "))
		}
		done = append(done, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return done, nil
}

// mover copies one table.
type mover struct {
	table   string
	columns []Column
}

// blanks are the hashes of the tables in which migrations left rows.
func blanks(ctx context.Context) (map[string]string, error) {
	db, err := Open(ctx, Config{Volatile: true})
	if err != nil {
		return nil, err
	}
	blank := map[string]string{}
	tables, err := db.schema(ctx)
	if err == nil {
		err = db.engine.view(ctx, func(q querier) error {
			for _, table := range tables.tables() {
				if _, blank[table], err = (mover{table, tables.of(table)}).sum(ctx, q, nil); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return blank, errors.Join(err, db.Close())
}

func moveTable(ctx context.Context, m mover, source, target querier, blank string, progress func(string, int64)) (TableReport, error) {
	report := TableReport{Table: m.table}
	present, hash, err := m.sum(ctx, target, nil)
	if err != nil {
		return report, err
	}
	if present > 0 && hash != blank {
		return report, errors.New("the target is not empty")
	}
	if present > 0 {
		if _, err := target.exec(ctx, "DELETE FROM "+quote(m.table), nil); err != nil {
			return report, err
		}
	}
	most := min(moveBatch, moveParams/len(m.columns))
	var batch []any
	flush := func(copied int64) error {
		if len(batch) == 0 {
			return nil
		}
		if _, err := target.exec(ctx, m.insert(len(batch)/len(m.columns)), batch); err != nil {
			return err
		}
		batch = batch[:0]
		progress(m.table, copied)
		return nil
	}
	var copied int64
	report.Rows, report.Hash, err = m.sum(ctx, source, func(row []any) error {
		batch = append(batch, row...)
		if copied++; len(batch) < most*len(m.columns) {
			return nil
		}
		return flush(copied)
	})
	if err == nil {
		err = flush(copied)
	}
	if err != nil {
		return report, err
	}
	report.TargetRows, report.TargetHash, err = m.sum(ctx, target, nil)
	return report, err
}

func (m mover) names() string {
	names := make([]string, len(m.columns))
	for i, c := range m.columns {
		names[i] = quote(c.Name)
	}
	return strings.Join(names, ", ")
}

func (m mover) insert(rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", quote(m.table), m.names())
	for n := range rows * len(m.columns) {
		switch {
		case n == 0:
			b.WriteString("(")
		case n%len(m.columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", n+1)
	}
	b.WriteString(")")
	return b.String()
}

// sum reads the table, gives each row to f, and returns the number of rows and their hash: the sum of the rows' SHA-256,
// so that the order does not matter and, other than with XOR, two equal rows do not vanish.
func (m mover) sum(ctx context.Context, q querier, f func(row []any) error) (n int64, hash string, err error) {
	r, err := q.query(ctx, fmt.Sprintf("SELECT %s FROM %s", m.names(), quote(m.table)), nil)
	if err != nil {
		return 0, "", err
	}
	defer r.Close()
	var (
		total  big.Int
		modulo = new(big.Int).Lsh(big.NewInt(1), 8*sha256.Size)
		raw    = make([]any, len(m.columns))
		into   = make([]any, len(m.columns))
	)
	for i := range raw {
		into[i] = &raw[i]
	}
	for r.Next() {
		if err := errors.Join(ctx.Err(), r.Scan(into...)); err != nil {
			return n, "", err
		}
		row := make([]any, len(raw))
		for i, c := range m.columns {
			if row[i], err = c.value(raw[i]); err != nil {
				return n, "", err
			}
		}
		one := sha256.Sum256(encode(row))
		total.Add(&total, new(big.Int).SetBytes(one[:])).Mod(&total, modulo)
		n++
		if f != nil {
			if err := f(row); err != nil {
				return n, "", err
			}
		}
	}
	if err := errors.Join(r.Err(), r.Close()); err != nil {
		return n, "", err
	}
	return n, hex.EncodeToString(total.FillBytes(make([]byte, sha256.Size))), nil
}

// canonical makes of what a driver returns for a column's type the value both engines take. The drivers differ in whether
// text is a string or bytes, and SQLite has no booleans.
var canonical = map[string]func(v any) (any, bool){
	"TEXT": func(v any) (any, bool) {
		switch v := v.(type) {
		case string:
			return v, true
		case []byte:
			return string(v), true
		}
		return nil, false
	},
	"BIGINT": func(v any) (any, bool) {
		n, ok := v.(int64)
		return n, ok
	},
	"BOOLEAN": func(v any) (any, bool) {
		switch v := v.(type) {
		case bool:
			return v, true
		case int64:
			return v == 1, v == 0 || v == 1
		}
		return nil, false
	},
	"BYTEA": func(v any) (any, bool) {
		switch v := v.(type) {
		case []byte:
			return append([]byte{}, v...), true
		case string:
			return []byte(v), true
		}
		return nil, false
	},
}

func (c Column) value(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if value, ok := canonical[c.Type](v); ok {
		return value, nil
	}
	return nil, fmt.Errorf("column %s: a %T is no %s", c.Name, v, c.Type) // without the value, which may be a secret
}

// encode writes a row so that different rows never look the same.
func encode(row []any) []byte {
	var b []byte
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			b = append(b, '-')
		case bool:
			b = append(b, 'b', map[bool]byte{true: 1}[v])
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v))
		case string:
			b = binary.BigEndian.AppendUint64(append(b, 's'), uint64(len(v)))
			b = append(b, v...)
		case []byte:
			b = binary.BigEndian.AppendUint64(append(b, 'x'), uint64(len(v)))
			b = append(b, v...)
		}
	}
	return b
}

// quote writes a name of the schema as an identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
