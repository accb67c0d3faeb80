package dbpush_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// reader is what applications run beside their database (rds-push.md §4): one
// worker at a time takes rows of status 0 in the order of their ids from both
// tables, acts on them and marks them. This one keeps a copy of the directory in
// the same database, in the table mirror, and marks a row in the transaction in
// which it acts on it.
type reader struct {
	db         *sql.DB
	subscriber string
	mark       func(n int) string
	lock       string // the statement that waits until no other worker runs
}

func newReader(driver, dsn, subscriber string) (*reader, error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	r := &reader{db: db, subscriber: subscriber, mark: func(int) string { return "?" }, lock: "SELECT GET_LOCK('reader', 60)"}
	if driver == "pgx" {
		r.mark, r.lock = func(n int) string { return fmt.Sprintf("$%d", n) }, "SELECT 1 FROM pg_advisory_lock(4711)"
	}
	return r, nil
}

// run reads until ctx ends. What fails is tried again, as after a restart.
func (r *reader) run(ctx context.Context) error {
	conn, err := r.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var got int
	if err := conn.QueryRowContext(ctx, r.lock).Scan(&got); err != nil || got != 1 {
		return fmt.Errorf("the lock was not had (%d): %w", got, err)
	}
	for ctx.Err() == nil {
		n := 0
		for _, name := range both() {
			some, err := r.page(ctx, conn, name)
			if err != nil {
				break // such as a deadlock: once more from the beginning
			}
			n += some
		}
		if n == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	return ctx.Err()
}

type readRow struct {
	id        int64
	biz, data string
	kind      int
}

// page acts on the next rows of a table.
func (r *reader) page(ctx context.Context, conn *sql.Conn, name string) (int, error) {
	rows, err := conn.QueryContext(ctx, "SELECT id, biz_id, biz_type, biz_data FROM "+name+" WHERE subscribe_id = "+r.mark(1)+" AND status = 0 ORDER BY id LIMIT 200", r.subscriber)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var list []readRow
	for rows.Next() {
		var one readRow
		if err := rows.Scan(&one.id, &one.biz, &one.kind, &one.data); err != nil {
			return 0, err
		}
		list = append(list, one)
	}
	if err := rows.Err(); err != nil || len(list) == 0 {
		return 0, err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	for i := range list {
		if err := r.act(ctx, tx, &list[i]); err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE "+name+" SET status = 1 WHERE id = "+r.mark(1), list[i].id); err != nil {
			return 0, err
		}
	}
	return len(list), tx.Commit()
}

func (r *reader) act(ctx context.Context, tx *sql.Tx, one *readRow) error {
	var data struct {
		Action  string `json:"syncAction"`
		Errcode int    `json:"errcode"`
		Name    string `json:"name"`
	}
	if err := json.Unmarshal([]byte(one.data), &data); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM mirror WHERE kind = "+r.mark(1)+" AND id = "+r.mark(2), one.kind, one.biz); err != nil {
		return err
	}
	if data.Errcode != 0 || strings.HasSuffix(data.Action, "leave_org") || strings.HasSuffix(data.Action, "remove") {
		return nil
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO mirror (kind, id, name) VALUES ("+r.mark(1)+", "+r.mark(2)+", "+r.mark(3)+")", one.kind, one.biz, data.Name)
	return err
}

// mirror is what the reader has made of the rows: names, by kind and id.
func (s *shelf) mirror() map[string]string {
	s.t.Helper()
	rows, err := s.db.Query("SELECT kind, id, name FROM mirror")
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var kind int
		var id, name string
		if err := rows.Scan(&kind, &id, &name); err != nil {
			s.t.Fatal(err)
		}
		all[fmt.Sprintf("%d %s", kind, id)] = name
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return all
}
