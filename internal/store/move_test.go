package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// movedSchema has every type, NULL, and a reference from a table to one that comes later in the alphabet.
var movedSchema = fstest.MapFS{"0001_all.sql": {Data: []byte(`
CREATE TABLE revisions (topic TEXT NOT NULL PRIMARY KEY, version BIGINT NOT NULL);
CREATE TABLE parent (corp TEXT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (corp, id));
CREATE TABLE child (
	corp   TEXT NOT NULL,
	id     BIGINT NOT NULL,
	parent BIGINT,
	name   TEXT,
	alive  BOOLEAN,
	photo  BYTEA,
	PRIMARY KEY (corp, id),
	FOREIGN KEY (corp, parent) REFERENCES parent (corp, id)
);
CREATE UNIQUE INDEX child_name ON child (corp, lower(name));
CREATE UNIQUE INDEX child_photo ON child (corp, photo);
`)}}

const (
	addParent store.SQL = `INSERT INTO parent (corp, id) VALUES ($1, $2)`
	addChild  store.SQL = `INSERT INTO child (corp, id, parent, name, alive, photo) VALUES ($1, $2, $3, $4, $5, $6)`
	getChild  store.SQL = `SELECT name, alive, photo FROM child WHERE corp = $1 AND id = $2`
)

func openMoved(t *testing.T, c store.Config) *store.DB {
	t.Helper()
	db, err := store.OpenWith(t.Context(), c, movedSchema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// engines runs f with an opener of fresh databases of one engine.
func engines(t *testing.T, f func(t *testing.T, open func(t *testing.T) *store.DB)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, func(t *testing.T) *store.DB { return openMoved(t, store.Config{}) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, func(t *testing.T) *store.DB { return openMoved(t, store.Config{Postgres: storetest.Postgres(t)}) })
	})
}

func fill(t *testing.T, db *store.DB, rows int64) {
	t.Helper()
	_, err := store.Update(t.Context(), db, func(tx *store.Tx) (int64, error) {
		if _, err := tx.Exec(addParent, "丙", int64(1)); err != nil {
			return 0, err
		}
		for i := range rows {
			args := []any{"丙", i, int64(1), fmt.Sprintf("name\t%d '员'", i), i%2 == 0, []byte{0, 255, byte(i), byte(i >> 8)}}
			if i == 0 {
				args = []any{"丙", i, nil, nil, nil, nil}
			}
			if i == 1 {
				args[1], args[3], args[5] = int64(-1)<<63, "", []byte{}
			}
			if _, err := tx.Exec(addChild, args...); err != nil {
				return 0, err
			}
		}
		tx.Touch("corp:丙")
		return rows, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMove(t *testing.T) {
	t.Parallel()
	const rows = 1234
	engines(t, func(t *testing.T, openSource func(*testing.T) *store.DB) {
		engines(t, func(t *testing.T, openTarget func(*testing.T) *store.DB) {
			from, to := openSource(t), openTarget(t)
			fill(t, from, rows)
			progress := map[string]int64{}
			reports, err := store.Move(t.Context(), from, to, func(table string, n int64) { progress[table] = n })
			if err != nil {
				t.Fatal(err)
			}
			var tables []string
			for _, r := range reports {
				tables = append(tables, r.Table)
				if !r.Same() || r.Rows == 0 {
					t.Errorf("report %+v", r)
				}
			}
			if want := []string{"parent", "child", "revisions"}; !slices.Equal(tables, want) {
				t.Errorf("tables %v, want %v", tables, want)
			}
			if progress["child"] != rows {
				t.Errorf("progress %v", progress)
			}
			there, err := from.Lines(t.Context(), "child")
			if err != nil {
				t.Fatal(err)
			}
			here, err := to.Lines(t.Context(), "child")
			if err != nil || !slices.Equal(here, there) {
				t.Errorf("the tables differ: %v", err)
			}
			if _, err := store.Move(t.Context(), from, to, nil); err == nil || !strings.Contains(err.Error(), "not empty") {
				t.Errorf("second move: %v", err)
			}
		})
	})
}

// A move that fails leaves nothing in the target.
func TestMoveIsWhole(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, open func(*testing.T) *store.DB) {
		from, to := openMoved(t, store.Config{}), open(t)
		fill(t, from, 3)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := store.Move(ctx, from, to, func(table string, _ int64) {
			if table == "child" {
				cancel()
			}
		})
		if err == nil {
			t.Fatal("a cancelled move succeeded")
		}
		for _, table := range []string{"parent", "child"} {
			if lines, err := to.Lines(t.Context(), table); err != nil || len(lines) != 0 {
				t.Errorf("%s has %d rows, %v", table, len(lines), err)
			}
		}
	})
}

func TestTypes(t *testing.T) {
	t.Parallel()
	type child struct {
		name  *string
		alive *bool
		photo []byte
	}
	scan := func(r store.Row) (c child, err error) { return c, r.Scan(&c.name, &c.alive, &c.photo) }
	engines(t, func(t *testing.T, open func(*testing.T) *store.DB) {
		db := open(t)
		fill(t, db, 4)
		read := func(id int64) child {
			c, err := store.View(t.Context(), db, func(tx *store.Tx) (child, error) {
				return store.One(tx, getChild, scan, "丙", id)
			})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if c := read(0); c.name != nil || c.alive != nil || c.photo != nil {
			t.Errorf("NULLs: %+v", c)
		}
		if c := read(-1 << 63); *c.name != "" || *c.alive || len(c.photo) != 0 {
			t.Errorf("empty ones: %q %v %v", *c.name, *c.alive, c.photo)
		}
		if c := read(2); *c.name != "name\t2 '员'" || !*c.alive || !slices.Equal(c.photo, []byte{0, 255, 2, 0}) {
			t.Errorf("full ones: %q %v %v", *c.name, *c.alive, c.photo)
		}
	})
}

func TestConflictOnNamesTheIndex(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, want string
		args       []any
	}{
		{"primary key", "child(corp, id)", []any{"c", int64(1), nil, "x", nil, nil}},
		{"expression", "child_name", []any{"c", int64(2), nil, "ONE", nil, nil}},
		{"columns", "child(corp, photo)", []any{"c", int64(2), nil, "x", nil, []byte("p")}},
		{"foreign key is no conflict", "", []any{"c", int64(2), int64(7), "x", nil, nil}},
	}
	engines(t, func(t *testing.T, open func(*testing.T) *store.DB) {
		db := open(t)
		add := func(args []any) error {
			_, err := store.Update(t.Context(), db, func(tx *store.Tx) (int64, error) { return tx.Exec(addChild, args...) })
			return err
		}
		if err := add([]any{"c", int64(1), nil, "one", true, []byte("p")}); err != nil {
			t.Fatal(err)
		}
		for _, tc := range cases {
			err := add(tc.args)
			if err == nil || store.Conflict(err) != (tc.want != "") || store.ConflictOn(err) != tc.want {
				t.Errorf("%s: ConflictOn = %q, want %q; %v", tc.name, store.ConflictOn(err), tc.want, err)
			}
		}
	})
}
