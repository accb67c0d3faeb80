package dbpush

import (
	"context"
	"database/sql"
	"regexp"
	"strconv"
	"strings"
)

func (d postgresDialect) look(ctx context.Context, db *sql.DB, s *Settings) (*seen, error) {
	first, err := texts(ctx, db, "SELECT current_setting('server_version'), current_user")
	if err != nil {
		return nil, err
	}
	found := &seen{version: "PostgreSQL " + first[0][0], account: first[0][1], tables: map[table]*tableSeen{}}
	cipher, err := texts(ctx, db, "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl")
	if err != nil {
		return nil, err
	}
	if len(cipher) > 0 {
		found.tls = cipher[0][0]
	}
	for _, read := range []func(context.Context, *sql.DB, *Settings, *seen) error{d.columns, d.keys, d.excess} {
		if err := read(ctx, db, s, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (postgresDialect) columns(ctx context.Context, db *sql.DB, s *Settings, found *seen) error {
	list, err := texts(ctx, db, `
		SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), (a.attidentity <> '' OR a.atthasdef)::text
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE n.nspname = $1 AND c.relname IN ($2, $3) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped`, s.Schema, string(high), string(medium))
	if err != nil {
		return err
	}
	sized := regexp.MustCompile(`\((\d+)\)`)
	for _, l := range list {
		t := found.tables[table(l[0])]
		if t == nil {
			t = &tableSeen{columns: map[string]columnSeen{}}
			found.tables[table(l[0])] = t
		}
		c := columnSeen{kind: sized.ReplaceAllString(l[2], ""), auto: l[3] == "true"}
		if size := sized.FindStringSubmatch(l[2]); size != nil && strings.HasPrefix(c.kind, "character") {
			c.size, _ = strconv.Atoi(size[1]) // digits
		}
		t.columns[l[1]] = c
	}
	return nil
}

func (postgresDialect) keys(ctx context.Context, db *sql.DB, s *Settings, found *seen) error {
	list, err := texts(ctx, db, `
		SELECT c.relname, string_agg(a.attname, ' ')
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
		WHERE n.nspname = $1 AND c.relname IN ($2, $3) AND i.indisunique AND i.indpred IS NULL
		GROUP BY c.relname, i.indexrelid`, s.Schema, string(high), string(medium))
	for _, l := range list {
		if t := found.tables[table(l[0])]; t != nil {
			t.unique = append(t.unique, strings.Fields(l[1]))
		}
	}
	return err
}

// excess names what the account may beyond what is needed. Of a superuser that is
// all there is to say.
func (d postgresDialect) excess(ctx context.Context, db *sql.DB, s *Settings, found *seen) error {
	roles, err := texts(ctx, db, `
		SELECT attribute FROM pg_roles r, LATERAL (VALUES ('SUPERUSER', r.rolsuper), ('CREATEROLE', r.rolcreaterole), ('CREATEDB', r.rolcreatedb),
			('REPLICATION', r.rolreplication), ('BYPASSRLS', r.rolbypassrls)) AS v (attribute, held)
		WHERE r.rolname = current_user AND held`)
	if err != nil {
		return err
	}
	for _, l := range roles {
		if l[0] == "SUPERUSER" {
			found.excess = []string{"SUPERUSER"}
			return nil
		}
		found.excess = append(found.excess, l[0])
	}
	others, err := texts(ctx, db, "SELECT rolname FROM pg_roles WHERE rolname <> current_user AND pg_has_role(current_user, oid, 'MEMBER') ORDER BY rolname")
	if err != nil {
		return err
	}
	for _, l := range others {
		found.excess = append(found.excess, "member of "+l[0])
	}
	wide, err := texts(ctx, db, `
		SELECT what FROM (VALUES ('CREATE on schema ' || $1, has_schema_privilege($1, 'CREATE')),
			('CREATE on database ' || current_database(), has_database_privilege(current_database(), 'CREATE'))) AS v (what, held) WHERE held`, s.Schema)
	if err != nil {
		return err
	}
	for _, l := range wide {
		found.excess = append(found.excess, l[0])
	}
	return d.excessOn(ctx, db, s, found)
}

// excessOn names what the account may on the tables themselves.
func (postgresDialect) excessOn(ctx context.Context, db *sql.DB, s *Settings, found *seen) error {
	list, err := texts(ctx, db, `
		SELECT c.relname, CASE WHEN pg_has_role(current_user, c.relowner, 'MEMBER') THEN 'owner, which may DROP it' ELSE
			(SELECT string_agg(verb, ', ') FROM unnest(ARRAY['UPDATE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS verb WHERE has_table_privilege(c.oid, verb)) END
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname IN ($2, $3) AND c.relkind IN ('r', 'p') ORDER BY c.relname`, s.Schema, string(high), string(medium))
	for _, l := range list {
		if l[1] != "" {
			found.excess = append(found.excess, "on "+l[0]+": "+l[1])
		}
	}
	return err
}
