package dbpush

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
)

func (d mysqlDialect) look(ctx context.Context, db *sql.DB, s *Settings) (*seen, error) {
	first, err := texts(ctx, db, "SELECT VERSION(), CURRENT_USER()")
	if err != nil {
		return nil, err
	}
	found := &seen{version: first[0][0], account: first[0][1], tables: map[table]*tableSeen{}}
	if !strings.Contains(found.version, "MariaDB") {
		found.version = "MySQL " + found.version
	}
	cipher, err := texts(ctx, db, "SHOW SESSION STATUS LIKE 'Ssl_version'")
	if err != nil {
		return nil, err
	}
	if len(cipher) > 0 {
		found.tls = cipher[0][1]
	}
	for _, read := range []func(context.Context, *sql.DB, *Settings, *seen) error{d.columns, d.keys, d.excess} {
		if err := read(ctx, db, s, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (mysqlDialect) columns(ctx context.Context, db *sql.DB, s *Settings, found *seen) error {
	list, err := texts(ctx, db, `
		SELECT c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE, c.CHARACTER_MAXIMUM_LENGTH, c.EXTRA, c.COLLATION_NAME, t.ENGINE
		FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
		WHERE c.TABLE_SCHEMA = ? AND c.TABLE_NAME IN (?, ?)`, s.Database, string(high), string(medium))
	if err != nil {
		return err
	}
	for _, l := range list {
		t := found.tables[table(l[0])]
		if t == nil {
			t = &tableSeen{engine: l[6], columns: map[string]columnSeen{}}
			found.tables[table(l[0])] = t
		}
		size, _ := strconv.Atoi(l[3]) // empty of what is no text
		t.columns[strings.ToLower(l[1])] = columnSeen{kind: strings.ToLower(l[2]), size: size, auto: strings.Contains(l[4], "auto_increment"), fold: strings.HasSuffix(l[5], "_ci")}
	}
	return nil
}

func (mysqlDialect) keys(ctx context.Context, db *sql.DB, s *Settings, found *seen) error {
	list, err := texts(ctx, db, `
		SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS
		WHERE TABLE_SCHEMA = ? AND TABLE_NAME IN (?, ?) AND NON_UNIQUE = 0 ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`, s.Database, string(high), string(medium))
	if err != nil {
		return err
	}
	last := ""
	for _, l := range list {
		t := found.tables[table(l[0])]
		if t == nil {
			continue
		}
		if last != l[0]+" "+l[1] {
			t.unique, last = append(t.unique, nil), l[0]+" "+l[1]
		}
		t.unique[len(t.unique)-1] = append(t.unique[len(t.unique)-1], strings.ToLower(l[2]))
	}
	return nil
}

// excess names what was granted beyond what is needed: by place, "on *.*: DROP,
// SUPER". What an account may by roles alone is not seen.
func (mysqlDialect) excess(ctx context.Context, db *sql.DB, s *Settings, found *seen) error {
	user, host := splitAccount(found.account)
	grantee := "'" + user + "'@'" + host + "'"
	list, err := texts(ctx, db, `
		SELECT '*', '*', PRIVILEGE_TYPE, IS_GRANTABLE FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = ?
		UNION ALL SELECT TABLE_SCHEMA, '*', PRIVILEGE_TYPE, IS_GRANTABLE FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ?
		UNION ALL SELECT TABLE_SCHEMA, TABLE_NAME, PRIVILEGE_TYPE, IS_GRANTABLE FROM information_schema.TABLE_PRIVILEGES WHERE GRANTEE = ?`,
		grantee, grantee, grantee)
	if err != nil {
		return err
	}
	by := map[string][]string{}
	for _, l := range list {
		where, verb := l[0]+"."+l[1], l[2]
		ours := strings.ReplaceAll(l[0], `\_`, "_") == s.Database && slices.Contains(tables(), table(l[1]))
		if l[3] == "YES" && verb != "USAGE" && !slices.Contains(by[where], "GRANT OPTION") {
			by[where] = append(by[where], "GRANT OPTION")
		}
		if verb == "USAGE" || ours && slices.Contains([]string{"SELECT", "INSERT", "DELETE"}, verb) {
			continue
		}
		by[where] = append(by[where], verb)
	}
	found.excess = named(by)
	return nil
}

// named writes privileges by place, in order.
func named(by map[string][]string) (list []string) {
	for where, verbs := range by {
		slices.Sort(verbs)
		list = append(list, "on "+where+": "+strings.Join(slices.Compact(verbs), ", "))
	}
	slices.Sort(list)
	return list
}
