package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

const (
	engineSQLite = "sqlite"
	sqliteFile   = "gatepost.db"
	lostRetries  = 3 // of a function whose batch was lost: it is then the disk, not the neighbour
)

// sqliteEngine is one file, one writing connection and a few reading ones.
type sqliteEngine struct {
	dir       string
	temporary bool // remove dir at the end
	lock      *fileLock
	db        [2]*sql.DB // reading, writing: the pragmas differ
	readers   *readers
	session   *session // the writer's
	writer    *writer  // nil until the schema is right
}

func openSQLite(ctx context.Context, c Config) (_ engine, err error) {
	e := &sqliteEngine{dir: c.Dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	if e.dir == "" {
		if e.dir, err = os.MkdirTemp("", "gatepost-"); err != nil {
			return nil, closing("open", err)
		}
		e.temporary, c.Volatile = true, true
	} else if err = os.MkdirAll(e.dir, 0o700); err != nil {
		return nil, closing("open", err)
	}
	if e.lock, err = lockDir(e.dir); err != nil {
		return nil, err
	}
	file := filepath.Join(e.dir, sqliteFile)
	for i, dsn := range []string{readerDSN(file), writerDSN(file, c.Volatile)} {
		if e.db[i], err = sql.Open("sqlite", dsn); err != nil {
			return nil, closing("open "+file, err)
		}
		e.db[i].SetConnMaxLifetime(0)
	}
	conn, err := e.db[1].Conn(ctx)
	if err != nil {
		return nil, closing("open "+file, err)
	}
	e.session = newSession(conn)
	e.readers = newReaders(e.db[0])
	return e, nil
}

// writerDSN: busy_timeout comes first because the pragmas after it may have to wait. FULL syncs the log at every commit;
// NORMAL would lose acknowledged changes when the power fails, and with group commit it is hardly faster. With
// secure_delete nothing that was overwritten stays in a free part of the file.
func writerDSN(file string, volatile bool) string {
	synchronous := "FULL"
	if volatile {
		synchronous = "OFF"
	}
	return dsn(file, "immediate", "busy_timeout(10000)", "journal_mode(WAL)", "synchronous("+synchronous+")",
		"foreign_keys(1)", "cache_size(-64000)", "secure_delete(1)", "journal_size_limit(67108864)", "wal_autocheckpoint(4000)")
}

func readerDSN(file string) string {
	return dsn(file, "deferred", "busy_timeout(10000)", "query_only(1)", "cache_size(-16000)")
}

func dsn(file, lock string, pragmas ...string) string {
	q := url.Values{"_pragma": pragmas, "_txlock": {lock}}
	path := filepath.ToSlash(file)
	if filepath.VolumeName(file) != "" {
		path = "/" + path // file:/C:/…
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func (e *sqliteEngine) name() string { return engineSQLite }

func (e *sqliteEngine) view(ctx context.Context, run func(querier) error) error {
	return e.readers.view(ctx, run)
}

func (e *sqliteEngine) update(ctx context.Context, run func(querier) error) error {
	var err error
	for range lostRetries {
		if err = e.writer.update(ctx, run); !retryable(err) {
			break
		}
	}
	return err
}

// analyze does nothing: without statistics SQLite goes by the indexes, which is what every statement here is written for.
// probe has nothing to find out: the file is there.
func (e *sqliteEngine) probe(context.Context) error { return nil }

func (e *sqliteEngine) analyze(context.Context, []string) error { return nil }

// scrub writes the whole file anew and cuts the log. secure_delete takes care of what is overwritten from then on.
func (e *sqliteEngine) scrub(ctx context.Context, _ []string) error { return e.writer.scrub(ctx) }

func (e *sqliteEngine) close() error {
	if e.writer != nil {
		e.writer.close()
	}
	var errs []error
	if e.readers != nil {
		e.readers.close()
	}
	if e.session != nil {
		errs = append(errs, e.session.close())
	}
	for _, db := range e.db { // the writer last: it copies the log into the file
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if e.lock != nil {
		errs = append(errs, e.lock.release())
	}
	if e.temporary {
		errs = append(errs, os.RemoveAll(e.dir))
	}
	return closing("close", errors.Join(errs...))
}

// session is a connection with its prepared statements; preparing anew costs as much again as a small query. The cache is
// bounded by the program, whose statements are constants. A session serves one goroutine at a time.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func newSession(conn *sql.Conn) *session {
	return &session{conn: conn, stmts: map[string]*sql.Stmt{}}
}

func (s *session) close() error {
	for _, stmt := range s.stmts {
		_ = stmt.Close()
	}
	return s.conn.Close()
}

func (s *session) prepared(ctx context.Context, q string) (*sql.Stmt, error) {
	if stmt := s.stmts[q]; stmt != nil {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(context.WithoutCancel(ctx), sqliteText(q))
	if err != nil {
		return nil, err
	}
	s.stmts[q] = stmt
	return stmt, nil
}

func (s *session) exec(ctx context.Context, q string, args []any) (int64, error) {
	stmt, err := s.prepared(ctx, q)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s *session) query(ctx context.Context, q string, args []any) (rows, error) {
	stmt, err := s.prepared(ctx, q)
	if err != nil {
		return nil, err
	}
	// Without the caller's context, which costs a goroutine for each statement, a quarter of a small read. Tx looks at the
	// context between rows.
	return stmt.QueryContext(context.WithoutCancel(ctx), args...)
}

// readers is a bounded pool of sessions, made as they are needed.
type readers struct {
	db    *sql.DB
	slots chan struct{} // as many as may read at once
	free  chan *session
	quit  chan struct{}
}

func newReaders(db *sql.DB) *readers {
	most := max(4, 2*runtime.GOMAXPROCS(0))
	return &readers{db: db, slots: make(chan struct{}, most), free: make(chan *session, most), quit: make(chan struct{})}
}

// close waits until all sessions are back.
func (r *readers) close() {
	close(r.quit)
	for range cap(r.slots) {
		r.slots <- struct{}{}
	}
	close(r.free)
	for s := range r.free {
		_ = s.close()
	}
}

func (r *readers) view(ctx context.Context, run func(querier) error) (err error) {
	select {
	case <-r.quit:
		return ErrClosed
	default:
	}
	select {
	case <-r.quit:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	case r.slots <- struct{}{}:
	}
	defer func() { <-r.slots }()
	s, err := r.session(ctx)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	if _, err := s.exec(context.Background(), "BEGIN", nil); err != nil {
		_ = s.close()
		return fmt.Errorf("store: begin: %w", err)
	}
	defer func() {
		// There is nothing to commit. A session that cannot roll back had an error of the disk: the next is a fresh one.
		if _, bad := s.exec(context.Background(), "ROLLBACK", nil); bad != nil {
			_ = s.close()
			return
		}
		r.free <- s
	}()
	return run(s)
}

func (r *readers) session(ctx context.Context) (*session, error) {
	select {
	case s := <-r.free:
		return s, nil
	default:
	}
	conn, err := r.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return newSession(conn), nil
}
