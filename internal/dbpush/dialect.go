package dbpush

import (
	"context"
	"database/sql"
	"hash/fnv"
	"net"
	"strconv"
	"strings"
	"time"
)

// dialer opens connections to addresses that may be called.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// dialect is what differs between engines.
type dialect interface {
	// open returns a pool; nothing is connected yet.
	open(s *Settings, password string, dial dialer) (*sql.DB, error)
	// begin starts a transaction that no other writer of the subscriber runs beside.
	begin(ctx context.Context, db *sql.DB, subscriber string) (*writing, error)
	// table is a table's name as statements spell it.
	table(s *Settings, t table) string
	// param is the n-th parameter, counted from 1.
	param(n int) string
	// now is the time in the zone of the server, whose readers it is for.
	now() string
	// explain says what an error means; the zero trouble if it is not the server's.
	explain(err error) trouble
	// ddl are the statements that make what is missing.
	ddl(s *Settings, t table) []string
	// grants are the statements that give the account what it needs and no more.
	grants(s *Settings, account string) []string
	// look reads what the account sees of the server.
	look(ctx context.Context, db *sql.DB, s *Settings) (*seen, error)
}

func dialectOf(e Engine) dialect {
	if e == Postgres {
		return postgresDialect{}
	}
	return mysqlDialect{}
}

// Limits of time. Whatever happens in an application's database, a delivery ends.
const (
	connectWait = 5 * time.Second
	lockWait    = 5 * time.Second  // for a row that a reader holds, and for another writer
	answerWait  = 15 * time.Second // for a statement, beyond what the caller's context says
)

// writing is a transaction with the subscriber's lock.
type writing struct {
	*sql.Tx
	end func(failed bool) // gives the lock up, after commit or rollback
}

// commit ends the transaction and gives the lock up, in this order: whoever has
// it next gets larger ids.
func (w *writing) commit() error {
	err := w.Commit()
	w.end(err != nil)
	return err
}

// abandon ends it without a trace. After commit it does nothing.
func (w *writing) abandon() {
	if err := w.Rollback(); err != sql.ErrTxDone { //nolint:errorlint // database/sql returns it bare
		w.end(true)
	}
}

// lockKey is the subscriber's lock as a number.
func lockKey(subscriber string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("gatepost database push " + subscriber)) // never fails
	return int64(h.Sum64())                                        //nolint:gosec // any 64 bits do
}

// columns are those that are written, in the order of insertText.
const columns = "gmt_create, gmt_modified, subscribe_id, corp_id, biz_id, biz_type, biz_data, open_cursor, status"

// insertText is the statement that inserts n rows.
func insertText(d dialect, s *Settings, t table, n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + d.table(s, t) + " (" + columns + ") VALUES ")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + d.now() + ", " + d.now())
		for j := range perRow {
			b.WriteString(", " + d.param(i*perRow+j+1))
		}
		b.WriteString(", 0)")
	}
	return b.String()
}

// perRow is the number of parameters of a row: subscribe_id to open_cursor.
const perRow = 6

// deleteText is the statement that deletes the rows of n objects of one kind.
func deleteText(d dialect, s *Settings, t table, n int) string {
	var b strings.Builder
	b.WriteString("DELETE FROM " + d.table(s, t) + " WHERE subscribe_id = " + d.param(1) + " AND corp_id = " + d.param(2) +
		" AND biz_type = " + d.param(3) + " AND biz_id IN (")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(d.param(i + 4))
	}
	b.WriteString(")")
	return b.String()
}

// seconds is a duration in whole seconds, as servers take limits.
func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// texts runs a query whose rows are texts.
func texts(ctx context.Context, db *sql.DB, query string, args ...any) (list [][]string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // again, harmlessly, unless it broke off
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		found := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range found {
			into[i] = &found[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		one := make([]string, len(names))
		for i := range found {
			one[i] = found[i].String
		}
		list = append(list, one)
	}
	return list, rows.Err()
}
