package store

import "regexp"

var listMacro = regexp.MustCompile(`@(strings|ints)\((\$\d+)\)`)

// sqliteText writes the list macros for SQLite. json_each yields integers and text as they stand in the list.
func sqliteText(q string) string {
	return listMacro.ReplaceAllString(q, `(SELECT value FROM json_each($2))`)
}

// postgresText writes the list macros for PostgreSQL. The inner cast makes the parameter a text, whatever else it is
// compared with.
func postgresText(q string) string {
	return listMacro.ReplaceAllStringFunc(q, func(m string) string {
		part := listMacro.FindStringSubmatch(m)
		elements := "jsonb_array_elements_text(CAST(" + part[2] + "::text AS jsonb))"
		if part[1] == "ints" {
			return "(SELECT " + elements + "::bigint)"
		}
		return "(SELECT " + elements + ")"
	})
}
