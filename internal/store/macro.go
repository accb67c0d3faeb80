package store

import "regexp"

var listMacro = regexp.MustCompile(`@(strings|ints|rows)\((\$\d+)\)`)

// sqliteText writes the list macros for SQLite. json_each yields integers and text as they stand in the list, and lists as
// their JSON.
func sqliteText(q string) string {
	return listMacro.ReplaceAllString(q, `(SELECT value FROM json_each($2))`)
}

// postgresText writes the list macros for PostgreSQL. The inner cast makes the parameter a text, whatever else it is
// compared with.
func postgresText(q string) string {
	return listMacro.ReplaceAllStringFunc(q, func(m string) string {
		part := listMacro.FindStringSubmatch(m)
		if part[1] == "rows" {
			return "(SELECT value FROM jsonb_array_elements(CAST(" + part[2] + "::text AS jsonb)))"
		}
		elements := "jsonb_array_elements_text(CAST(" + part[2] + "::text AS jsonb))"
		if part[1] == "ints" {
			return "(SELECT " + elements + "::bigint)"
		}
		return "(SELECT " + elements + ")"
	})
}
