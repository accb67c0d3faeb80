package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

//go:embed schema/*.sql
var schema embed.FS

// migration is one file of schema/.
type migration struct {
	version    int64
	name       string // without number and suffix
	checksum   string
	statements []statement
}

// statement is one statement of a migration.
type statement struct {
	text string
	only string // an engine's name, or empty for both
}

// migrator runs what a migration needs on one connection, while no other process migrates.
type migrator interface {
	querier
	transaction(ctx context.Context, run func() error) error
}

const (
	createVersions = `CREATE TABLE IF NOT EXISTS schema_versions (
		version    BIGINT NOT NULL PRIMARY KEY,
		name       TEXT   NOT NULL,
		applied_at BIGINT NOT NULL,
		checksum   TEXT   NOT NULL
	)`
	versionsApplied SQL = `SELECT version, name, checksum FROM schema_versions ORDER BY version`
	recordVersion       = `INSERT INTO schema_versions (version, name, applied_at, checksum) VALUES ($1, $2, $3, $4)`
)

func migrations() ([]migration, error) {
	files, err := fs.Sub(schema, "schema")
	if err != nil {
		return nil, err
	}
	return readMigrations(files)
}

var migrationName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

// readMigrations reads all migrations of a directory in order.
func readMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	var list []migration
	for _, name := range names { // Glob sorts
		m := migrationName.FindStringSubmatch(path.Base(name))
		if m == nil {
			return nil, fmt.Errorf("store: migration %s: the name is not NNNN_subject.sql", name)
		}
		version, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			return nil, err
		}
		if n := len(list); n > 0 && list[n-1].version == version {
			return nil, fmt.Errorf("store: migrations %s and %s have the same number", list[n-1].name, m[2])
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		plain := strings.ReplaceAll(string(text), "\r\n", "\n") // a checkout may have changed the line ends
		statements, err := split(plain)
		if err != nil {
			return nil, fmt.Errorf("store: migration %s: %w", name, err)
		}
		sum := sha256.Sum256([]byte(plain))
		list = append(list, migration{version, m[2], hex.EncodeToString(sum[:]), statements})
	}
	return list, nil
}

// split takes a migration apart: a statement ends at a semicolon at the end of a line.
func split(text string) ([]statement, error) {
	var (
		list []statement
		now  strings.Builder
		only string
	)
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), " \t")
		bare := strings.TrimSpace(line)
		if fence, ok := strings.CutPrefix(bare, "-- only:"); ok {
			only = strings.TrimSpace(fence)
			switch {
			case only != engineSQLite && only != enginePostgres:
				return nil, fmt.Errorf("%q names neither sqlite nor postgres", bare)
			case now.Len() > 0:
				return nil, fmt.Errorf("%q stands inside a statement", bare)
			}
			continue
		}
		if bare == "" || strings.HasPrefix(bare, "--") {
			continue
		}
		now.WriteString(line + "\n")
		if strings.HasSuffix(line, ";") {
			list = append(list, statement{strings.TrimSuffix(strings.TrimSpace(now.String()), ";"), only})
			now.Reset()
			only = ""
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if now.Len() > 0 {
		return nil, fmt.Errorf("the last statement has no semicolon: %s", brief(now.String()))
	}
	if only != "" {
		return nil, errors.New("a fence at the end applies to no statement")
	}
	return list, nil
}

// migrate applies what is missing.
func migrate(ctx context.Context, e engine, steps []migration) error {
	return e.migrate(ctx, func(m migrator) error {
		if _, err := m.exec(ctx, createVersions, nil); err != nil {
			return fmt.Errorf("store: migrate: %w", err)
		}
		missing, err := unapplied(ctx, m, steps)
		if err != nil {
			return err
		}
		for _, step := range missing {
			if err := m.transaction(ctx, func() error { return step.apply(ctx, m, e.name()) }); err != nil {
				return fmt.Errorf("store: migration %04d_%s: %w", step.version, step.name, err)
			}
		}
		return nil
	})
}

func (step migration) apply(ctx context.Context, m migrator, engine string) error {
	for _, s := range step.statements {
		if s.only != "" && s.only != engine {
			continue
		}
		if _, err := m.exec(ctx, s.text, nil); err != nil {
			return fmt.Errorf("%s: %w", brief(s.text), err)
		}
	}
	// The wall clock: this is the operator's record, not the platform's data.
	_, err := m.exec(ctx, recordVersion, []any{step.version, step.name, time.Now().UnixMilli(), step.checksum})
	return err
}

// unapplied compares the record with the binary and returns what is still to do.
func unapplied(ctx context.Context, m migrator, steps []migration) ([]migration, error) {
	applied, err := All(&Tx{ctx: ctx, querier: m}, versionsApplied, func(r Row) (v migration, err error) {
		return v, r.Scan(&v.version, &v.name, &v.checksum)
	})
	if err != nil {
		return nil, err
	}
	known := make(map[int64]migration, len(steps))
	for _, step := range steps {
		known[step.version] = step
	}
	latest := int64(0)
	for _, v := range applied {
		step, ok := known[v.version]
		switch {
		case !ok:
			return nil, fmt.Errorf("store: the database has migration %04d_%s, which this binary does not know: "+
				"it was written by a newer version; start that one, or restore a backup", v.version, v.name)
		case step.checksum != v.checksum:
			return nil, fmt.Errorf("store: migration %04d_%s is not the one that was applied to this database: "+
				"a released migration never changes; put the change into a new one", step.version, step.name)
		}
		delete(known, v.version)
		latest = v.version
	}
	var missing []migration
	for _, step := range steps {
		if _, ok := known[step.version]; !ok {
			continue
		}
		if step.version < latest {
			return nil, fmt.Errorf("store: migration %04d_%s is older than the database, which is at %04d: give it a new number",
				step.version, step.name, latest)
		}
		missing = append(missing, step)
	}
	return missing, nil
}
