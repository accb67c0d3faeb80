package store

import "testing"

func TestMacros(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, sqlite, postgres string }{
		{"none", "a = $1", "a = $1", "a = $1"},
		{"strings", "a IN @strings($2)", "a IN (SELECT value FROM json_each($2))",
			"a IN (SELECT jsonb_array_elements_text(CAST($2::text AS jsonb)))"},
		{"ints twice", "a IN @ints($2) OR b IN @ints($11)",
			"a IN (SELECT value FROM json_each($2)) OR b IN (SELECT value FROM json_each($11))",
			"a IN (SELECT jsonb_array_elements_text(CAST($2::text AS jsonb))::bigint) OR b IN (SELECT jsonb_array_elements_text(CAST($11::text AS jsonb))::bigint)"},
		{"rows", "SELECT value ->> 0 FROM @rows($2) AS given", "SELECT value ->> 0 FROM (SELECT value FROM json_each($2)) AS given",
			"SELECT value ->> 0 FROM (SELECT value FROM jsonb_array_elements(CAST($2::text AS jsonb))) AS given"},
		{"unknown", "a IN @floats($2)", "a IN @floats($2)", "a IN @floats($2)"},
	}
	for _, tc := range cases {
		if got := sqliteText(tc.in); got != tc.sqlite {
			t.Errorf("%s on SQLite: %s", tc.name, got)
		}
		if got := postgresText(tc.in); got != tc.postgres {
			t.Errorf("%s on PostgreSQL: %s", tc.name, got)
		}
	}
}
