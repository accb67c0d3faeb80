package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrAway is what View and Update fail with, at once, while the database is known not to answer.
var ErrAway = errors.New("store: the database does not answer")

// How soon a connection that leads nowhere is noticed. A statement may take long; an acknowledgement of what was sent may not.
const (
	connectWait = 2 * time.Second
	silence     = 3 * time.Second // without an answer of the other machine's network
)

// Away says whether err means that the database could not be reached or went away meanwhile, so that the same call may
// succeed soon. For an Update it leaves open whether the change was made.
func Away(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if errors.Is(err, ErrAway) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		// 08: connection; 57P01…3: it stops, crashed, starts; 53300: it has no connection to give.
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P0") || e.Code == "53300"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return true
	}
	return strings.Contains(err.Error(), "conn closed") // pgx has no value for it
}

// dialer connects to PostgreSQL over a network that may fail without a word.
func dialer() *net.Dialer {
	return &net.Dialer{Timeout: connectWait, Control: noticeSilence,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: int(silence / time.Second)}}
}
