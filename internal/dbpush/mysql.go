package dbpush

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// mysqlDialect is MySQL and MariaDB.
type mysqlDialect struct{}

func (mysqlDialect) open(s *Settings, password string, dial dialer) (*sql.DB, error) {
	c := mysql.NewConfig()
	c.Net, c.Addr, c.DBName, c.User, c.Passwd, c.TLS = "tcp", s.Address, s.Database, s.User, password, s.tls()
	c.DialFunc, c.Timeout, c.ReadTimeout, c.WriteTimeout = dial, connectWait, answerWait, answerWait
	c.Collation, c.Logger = "utf8mb4_bin", silent{}
	// Strict: what does not fit is refused and not cut.
	c.Params = map[string]string{"sql_mode": "'STRICT_ALL_TABLES'", "innodb_lock_wait_timeout": seconds(lockWait)}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// silent keeps the driver from writing to the process's standard error.
type silent struct{}

func (silent) Print(...any) {}

// begin takes a lock of the session. It outlives the transaction, so that what it
// guards is committed before it is free. A session that failed is closed, which
// frees the lock as well.
func (mysqlDialect) begin(ctx context.Context, db *sql.DB, subscriber string) (*writing, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("'gatepost %016x'", uint64(lockKey(subscriber))) //nolint:gosec // the same bits; no parameter, which would cost a round trip more
	end := func(failed bool) {
		var released sql.NullInt64
		if failed || conn.QueryRowContext(context.WithoutCancel(ctx), "SELECT RELEASE_LOCK("+name+")").Scan(&released) != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // closes it
		}
		_ = conn.Close() // back to the pool
	}
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK("+name+", "+seconds(lockWait)+")").Scan(&got); err != nil {
		end(true)
		return nil, err
	}
	if got.Int64 != 1 {
		end(true)
		return nil, errLocked
	}
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		end(true)
		return nil, err
	}
	return &writing{tx, end}, nil
}

func (mysqlDialect) table(_ *Settings, t table) string { return "`" + string(t) + "`" }

func (mysqlDialect) param(int) string { return "?" }

func (mysqlDialect) now() string { return "NOW()" }

func (mysqlDialect) ddl(_ *Settings, t table) []string {
	return []string{"CREATE TABLE " + string(t) + ` (
  id bigint(20) NOT NULL AUTO_INCREMENT,
  gmt_create datetime NOT NULL,
  gmt_modified datetime NOT NULL,
  subscribe_id varchar(64) NOT NULL,
  corp_id varchar(64) NOT NULL,
  biz_id varchar(128) NOT NULL,
  biz_type int(11) NOT NULL,
  biz_data text NOT NULL,
  open_cursor bigint(20) NOT NULL,
  status int(11) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uk_subscribe_corp_biz (subscribe_id, corp_id, biz_id, biz_type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`}
}

func (d mysqlDialect) grants(s *Settings, account string) []string {
	user, host := splitAccount(account)
	list := make([]string, 0, len(tables()))
	for _, t := range tables() {
		list = append(list, fmt.Sprintf("GRANT SELECT, INSERT, DELETE ON %s.%s TO '%s'@'%s'", backticked(s.Database), d.table(s, t), quoted(user), quoted(host)))
	}
	return list
}

// splitAccount splits user@host, as CURRENT_USER() answers: a user may have an @.
func splitAccount(account string) (user, host string) {
	at := strings.LastIndexByte(account, '@')
	if at < 0 {
		return account, "%"
	}
	return account[:at], account[at+1:]
}

func backticked(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func quoted(text string) string { return strings.ReplaceAll(text, "'", "''") }

func (mysqlDialect) explain(err error) trouble {
	if errors.Is(err, mysql.ErrPktTooLarge) {
		return troubleTooLarge
	}
	e, ok := errors.AsType[*mysql.MySQLError](err)
	if !ok {
		return troubleNone
	}
	switch e.Number {
	case 1045, 1129, 1130, 1698, 1862, 3118, 3159:
		return troubleLogin
	case 1142, 1143, 1227, 1370:
		return troublePrivilege
	case 1044, 1049:
		return troubleDatabase
	case 1146:
		return troubleTable
	case 1054, 1136, 1364:
		return troubleColumn
	case 1153, 1406, 1118:
		return troubleTooLarge
	case 1062:
		return troubleKey
	case 1264, 1265, 1292, 1366, 3988:
		return troubleValue
	case 1205:
		return troubleHeld
	case 1213:
		return troubleDeadlock
	case 1040, 1203, 1226:
		return troubleBusy
	case 1021, 1114:
		return troubleFull
	case 1290, 1792, 1836:
		return troubleReadOnly
	}
	return troubleOther
}
