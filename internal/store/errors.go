package store

import (
	"errors"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLSTATE codes of PostgreSQL that have a meaning here.
const (
	stateUnique        = "23505"
	stateSerialization = "40001"
	stateDeadlock      = "40P01"
)

// Conflict says whether err is a violation of a primary key or a unique index.
func Conflict(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
			return true
		}
		return false
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == stateUnique
}

var (
	sqliteColumns  = regexp.MustCompile(`constraint failed: (\w+\.\w+(?:, \w+\.\w+)*)`)
	sqliteIndex    = regexp.MustCompile(`constraint failed: index '([^']+)'`)
	postgresDetail = regexp.MustCompile(`\((\w+(?:, \w+)*)\)=\(`)
)

// ConflictOn names what a conflict hit, the same on both engines: "person(corp, mobile)" with the columns in the order of
// the index, or the bare name of the index when it is over an expression. It is "" when err is no conflict or the database
// did not say. The columns are read from the message, which has them in every language PostgreSQL speaks.
func ConflictOn(err error) string {
	if !Conflict(err) {
		return ""
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		if m := postgresDetail.FindStringSubmatch(e.Detail); m != nil {
			return e.TableName + "(" + m[1] + ")"
		}
		return e.ConstraintName
	}
	text := err.Error()
	if m := sqliteIndex.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	m := sqliteColumns.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	table, _, _ := strings.Cut(m[1], ".")
	return table + "(" + strings.ReplaceAll(m[1], table+".", "") + ")"
}

// retryable says whether running the transaction again may succeed.
func retryable(err error) bool {
	if errors.Is(err, errLost) || errors.Is(err, errAgain) {
		return true
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == stateSerialization || e.Code == stateDeadlock)
}
