package dbpush

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
)

// Report is what was found of a database that rows are to be written to.
type Report struct {
	Version  string // of the server; empty: it did not answer
	Account  string // as the server knows it
	TLS      string // version; empty: not encrypted
	Findings []Finding
}

// Usable reports whether rows can be written.
func (r *Report) Usable() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Level == Wrong })
}

// Level says how bad a finding is.
type Level string

// The levels.
const (
	Fine    Level = "ok"
	Warning Level = "warning" // rows can be written nevertheless
	Wrong   Level = "error"
)

// Finding is one thing that was found.
type Finding struct {
	Level  Level
	Name   string
	Words  apierror.Words
	Detail string         // names: of columns, of privileges; what the server said
	Repair apierror.Words // empty where there is nothing to repair
	SQL    []string       // statements that repair it
}

// seen is what an account sees of its database.
type seen struct {
	version, tls, account string
	tables                map[table]*tableSeen
	excess                []string // privileges that nothing here needs
}

// tableSeen is one table.
type tableSeen struct {
	engine  string // of MySQL
	columns map[string]columnSeen
	unique  [][]string // columns of each unique key
}

type columnSeen struct {
	kind string // base type, lower-case
	size int    // of text
	auto bool   // numbers itself
	fold bool   // takes a and A for the same
}

func tables() []table { return []table{high, medium} }

// need is what a column has to be able to hold.
type need struct {
	name  string
	kinds []string
	size  int
}

func needs() []need {
	long, times, names := []string{"bigint"}, []string{"datetime", "timestamp", "timestamp without time zone", "timestamp with time zone"},
		[]string{"varchar", "char", "character varying", "text", "character", "mediumtext", "longtext"}
	numbers := append([]string{"int", "integer"}, long...)
	return []need{
		{"id", long, 0}, {"gmt_create", times, 0}, {"gmt_modified", times, 0},
		{"subscribe_id", names, 64}, {"corp_id", names, 64}, {"biz_id", names, 128}, {"biz_type", numbers, 0},
		{"biz_data", []string{"text", "mediumtext", "longtext", "json", "jsonb"}, 0}, {"open_cursor", long, 0}, {"status", numbers, 0},
	}
}

// checkWait bounds a whole check.
const checkWait = 20 * time.Second

// Check connects to a database and reports whether rows can be written, what is
// missing and what the account may needlessly. With create it makes the tables
// that are missing, if the account may. It leaves nothing else behind.
func (p *Push) Check(ctx context.Context, corp id.Corp, c Settings, password string, create bool) Report {
	ctx, cancel := context.WithTimeout(ctx, checkWait)
	defer cancel()
	var r Report
	t, err := p.connect(corp, c, password)
	if err != nil {
		r.trouble(dialectOf(c.Engine), err)
		return r
	}
	defer func() { _ = t.db.Close() }() // nothing is under way
	found, err := t.dialect.look(ctx, t.db, &t.settings)
	if err != nil {
		r.trouble(t.dialect, err)
		return r
	}
	r.Version, r.Account, r.TLS = found.version, found.account, found.tls
	r.add(Finding{Level: Fine, Name: "reachable", Words: apierror.Words{ZH: "可以连接", EN: "the database answers"}, Detail: found.version})
	r.encryption(found, &c)
	if missing := found.missing(); len(missing) > 0 {
		if found = r.tables(ctx, t, found, missing, create); found == nil {
			return r
		}
	}
	whole := true
	for _, name := range tables() {
		whole = r.columns(t, name, found.tables[name]) && whole
	}
	if whole {
		r.privileges(ctx, t, found)
	}
	return r
}

func (r *Report) add(f Finding) { r.Findings = append(r.Findings, f) }

func (r *Report) trouble(d dialect, err error) {
	a := explained(d, err).advice()
	f := Finding{Level: Wrong, Name: a.name, Words: a.what, Detail: short(err), Repair: a.repair}
	if refused, ok := forbidden(err); ok {
		f.Words, f.Detail = refused.Why, ""
	}
	r.add(f)
}

func (r *Report) encryption(s *seen, c *Settings) {
	if s.tls != "" {
		r.add(Finding{Level: Fine, Name: "tls", Words: apierror.Words{ZH: "连接已加密", EN: "the connection is encrypted"}, Detail: s.tls})
		return
	}
	r.add(Finding{Level: Warning, Name: "tls", Words: apierror.Words{ZH: "连接未加密：行里的个人信息和密码摘要在网络上可见", EN: "the connection is not encrypted: who sees the network sees what people's rows hold"},
		Detail: "tls=" + c.TLS, Repair: apierror.Words{ZH: "给数据库配置证书，并设 tls=verify", EN: "give the database a certificate, and set tls to verify"}})
}

func (s *seen) missing() (list []table) {
	for _, name := range tables() {
		if s.tables[name] == nil {
			list = append(list, name)
		}
	}
	return list
}

// tables makes what is missing, or says how. It returns what is seen afterwards;
// nil where that is not enough to go on.
func (r *Report) tables(ctx context.Context, t *target, s *seen, missing []table, create bool) *seen {
	var ddl []string
	for _, name := range missing {
		ddl = append(ddl, t.dialect.ddl(&t.settings, name)...)
	}
	if !create {
		r.add(Finding{Level: Wrong, Name: "table", Words: apierror.Words{ZH: "缺少表，或账号在其上没有任何权限", EN: "tables are missing, or the account has no privilege on them"}, Detail: joined(missing),
			Repair: apierror.Words{ZH: "以有权建表的账号执行这些语句，再授予权限", EN: "run these statements with an account that may, and grant the privileges"},
			SQL:    append(ddl, t.dialect.grants(&t.settings, s.account)...)})
		return nil
	}
	for _, statement := range ddl {
		if _, err := t.db.ExecContext(ctx, statement); err != nil {
			a := explained(t.dialect, err).advice()
			r.add(Finding{Level: Wrong, Name: "table", Words: apierror.Words{ZH: "未能建表：" + a.what.ZH, EN: "the tables could not be made: " + a.what.EN}, Detail: short(err),
				Repair: apierror.Words{ZH: "以有权建表的账号执行这些语句，再授予权限", EN: "run these statements with an account that may, and grant the privileges"},
				SQL:    append(ddl, t.dialect.grants(&t.settings, s.account)...)})
			return nil
		}
	}
	after, err := t.dialect.look(ctx, t.db, &t.settings)
	if err == nil && len(after.missing()) > 0 {
		err = fmt.Errorf("still missing: %s", joined(after.missing()))
	}
	if err != nil {
		r.trouble(t.dialect, err)
		return nil
	}
	r.add(Finding{Level: Fine, Name: "created", Words: apierror.Words{ZH: "已建表", EN: "tables were made"}, Detail: joined(missing)})
	return after
}

func joined(list []table) string {
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

// columns compares a table with what is documented.
func (r *Report) columns(t *target, name table, s *tableSeen) bool {
	var off []string
	for _, n := range needs() {
		c, ok := s.columns[n.name]
		switch {
		case !ok:
			off = append(off, n.name+" is missing")
		case !slices.Contains(n.kinds, c.kind):
			off = append(off, n.name+" is "+c.kind)
		case n.size > 0 && c.size > 0 && c.size < n.size:
			off = append(off, fmt.Sprintf("%s holds %d characters, not %d", n.name, c.size, n.size))
		case n.name == "id" && !c.auto:
			off = append(off, "id does not number itself")
		}
	}
	if !slices.ContainsFunc(s.unique, documentedKey) {
		off = append(off, "no unique key on subscribe_id, corp_id, biz_id, biz_type")
	}
	if s.engine != "" && s.engine != "InnoDB" {
		off = append(off, "its engine is "+s.engine+", which has no transactions")
	}
	if len(off) > 0 {
		r.add(Finding{Level: Wrong, Name: "column", Words: apierror.Words{ZH: "表与约定不符：" + string(name), EN: "the table is not as documented: " + string(name)}, Detail: strings.Join(off, "; "),
			Repair: apierror.Words{ZH: "改表，使它容得下约定的定义", EN: "alter it to hold what this definition holds"}, SQL: t.dialect.ddl(&t.settings, name)})
		return false
	}
	if s.columns["biz_id"].fold {
		r.add(Finding{Level: Warning, Name: "collation", Words: apierror.Words{ZH: "biz_id 不区分大小写：只有大小写不同的 id 会互相覆盖", EN: "biz_id does not tell cases apart: rows whose ids differ in case alone replace each other"}, Detail: string(name),
			Repair: apierror.Words{ZH: "把该列改为 utf8mb4_bin", EN: "give the column the collation utf8mb4_bin"},
			SQL:    []string{"ALTER TABLE " + string(name) + " MODIFY biz_id varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"}})
	}
	r.add(Finding{Level: Fine, Name: "table", Words: apierror.Words{ZH: "表符合约定", EN: "the table is as documented"}, Detail: string(name)})
	return true
}

func documentedKey(columns []string) bool {
	slices.Sort(columns)
	return slices.Equal(columns, []string{"biz_id", "biz_type", "corp_id", "subscribe_id"})
}

// privileges tries what rows need, in transactions that are rolled back, and names
// what the account may beyond that.
func (r *Report) privileges(ctx context.Context, t *target, s *seen) {
	var lacks []string
	for _, name := range tables() {
		for _, verb := range [...]string{"SELECT", "INSERT", "DELETE"} {
			err := t.attempt(ctx, name, verb)
			switch {
			case err == nil:
			case explained(t.dialect, err) == troublePrivilege:
				lacks = append(lacks, verb+" on "+string(name))
			default:
				r.trouble(t.dialect, err)
				return
			}
		}
	}
	if len(lacks) > 0 {
		r.add(Finding{Level: Wrong, Name: "privilege", Words: apierror.Words{ZH: "账号缺少权限", EN: "the account lacks privileges"}, Detail: strings.Join(lacks, ", "),
			Repair: apierror.Words{ZH: "授予恰好所需的权限", EN: "grant just what is needed"}, SQL: t.dialect.grants(&t.settings, s.account)})
	} else {
		r.add(Finding{Level: Fine, Name: "privilege", Words: apierror.Words{ZH: "账号有所需的权限：两张表的 SELECT、INSERT、DELETE", EN: "the account has what it needs: SELECT, INSERT and DELETE on the two tables"}})
	}
	if len(s.excess) > 0 {
		r.add(Finding{Level: Warning, Name: "excess", Words: apierror.Words{ZH: "账号有多余的权限", EN: "the account may do more than is needed"}, Detail: strings.Join(s.excess, "; "),
			Repair: apierror.Words{ZH: "换用只有两张表的 SELECT、INSERT、DELETE 的账号", EN: "use an account that has SELECT, INSERT and DELETE on the two tables alone"}, SQL: t.dialect.grants(&t.settings, s.account)})
	}
}

// probe is the subscribe_id of rows that are rolled back.
const probe = "gatepost-check"

// attempt does what verb names and takes it back.
func (t *target) attempt(ctx context.Context, of table, verb string) error {
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // that is what is meant
	switch verb {
	case "INSERT":
		_, err = tx.ExecContext(ctx, insertText(t.dialect, &t.settings, of, 1), probe, "", "", 0, "{}", 0)
	case "DELETE":
		_, err = tx.ExecContext(ctx, deleteText(t.dialect, &t.settings, of, 1), probe, "", 0, "")
	default:
		var none int64
		query := "SELECT id FROM " + t.dialect.table(&t.settings, of) + " WHERE subscribe_id = " + t.dialect.param(1) //nolint:gosec // names of our own
		if err = tx.QueryRowContext(ctx, query, probe).Scan(&none); errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
	}
	return err
}
