package directory

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// termsOf are what a name is found by, each with its place: the ends of the
// name from every Chinese character and every word on, the same ends in pinyin,
// and those of the initials. All in lower case, spaces left out.
//
// A surname that is read in several ways is found by each; further characters
// by their first reading, since the product of all is rarely what is typed.
func termsOf(name string) map[string]int64 {
	terms := map[string]int64{}
	add := func(term string, place int) {
		if before, there := terms[term]; term != "" && (!there || int64(place) < before) {
			terms[term] = int64(place)
		}
	}
	parts := split(name)
	for i := range parts {
		add(strings.Join(parts[i:], ""), i)
	}
	syllables := make([]string, len(parts))
	initials := make([]string, len(parts))
	for i, part := range parts {
		syllables[i] = readings(part)[0]
		initials[i] = initial(syllables[i])
	}
	for i := range parts {
		add(strings.Join(syllables[i:], ""), i)
		add(strings.Join(initials[i:], ""), i)
	}
	if len(parts) > 1 {
		for _, surname := range readings(parts[0]) {
			add(surname+strings.Join(syllables[1:], ""), 0)
			add(initial(surname)+strings.Join(initials[1:], ""), 0)
		}
	}
	return terms
}

func initial(syllable string) string {
	_, n := utf8.DecodeRuneInString(syllable)
	return syllable[:n]
}

// split cuts a name into single Chinese characters and words of anything else.
func split(name string) []string {
	var parts []string
	word := false // the last part goes on
	for _, r := range strings.ToLower(name) {
		switch {
		case unicode.IsSpace(r):
			word = false
		case unicode.Is(unicode.Han, r):
			parts, word = append(parts, string(r)), false
		case word:
			parts[len(parts)-1] += string(r)
		default:
			parts, word = append(parts, string(r)), true
		}
	}
	return parts
}

// readings are the syllables that a part may be read as, the usual one first;
// what is not Chinese reads as itself.
func readings(part string) []string {
	r := []rune(part)
	if len(r) != 1 || !unicode.Is(unicode.Han, r[0]) {
		return []string{part}
	}
	style := pinyin.NewArgs()
	style.Heteronym = true
	found := pinyin.SinglePinyin(r[0], style)
	if len(found) == 0 {
		return []string{part}
	}
	usual := found[0]
	slices.Sort(found)
	return slices.Insert(slices.DeleteFunc(slices.Compact(found), func(s string) bool { return s == usual }), 0, usual)
}

// needle is how a search for word is spelt in terms.
func needle(word string) string { return strings.Join(split(word), "") }

// termEnd is the first text after all that begin with prefix.
func termEnd(prefix string) string { return prefix + "\U0010ffff" }

// packUser and packTerm are widths of the columns of a packed term: many rows go
// in as one parameter, which matters where each statement is a round trip.
const packUser = 64

// packed is the person's terms as rows of putPersonTerms: place as one
// character from '0', userid filled up with spaces, term.
func (p Person) packed() []string {
	terms := termsOf(p.Name)
	if n := needle(p.JobNumber); n != "" {
		terms[n] = 0
	}
	rows := make([]string, 0, len(terms))
	for term, place := range terms {
		rows = append(rows, pack(place, string(p.ID), term))
	}
	slices.Sort(rows)
	return rows
}

func pack(place int64, key, term string) string {
	return string(rune('0'+min(place, 9))) + key + strings.Repeat(" ", max(packUser-len(key), 0)) + term
}

// namePerson writes what the person is found by.
func namePerson(tx *store.Tx, corp id.Corp, p Person) error {
	if _, err := tx.Exec(deletePersonTerms, corp, p.ID); err != nil {
		return err
	}
	_, err := tx.Exec(putPersonTerms, corp, store.List(p.packed()))
	return err
}

// nameDept writes what the department is found by.
func nameDept(tx *store.Tx, corp id.Corp, d Department) error {
	if _, err := tx.Exec(deleteDeptTerms, corp, d.ID); err != nil {
		return err
	}
	_, err := tx.Exec(putDeptTerms, corp, store.List(d.packed()))
	return err
}

// packed is the department's terms as rows of putDeptTerms.
func (d Department) packed() []string {
	var rows []string
	for term, place := range termsOf(d.Name) {
		rows = append(rows, pack(place, strconv.FormatInt(int64(d.ID), 10), term))
	}
	slices.Sort(rows)
	return rows
}

const (
	putPersonTerms store.SQL = `WITH given(packed) AS @strings($2)
		INSERT INTO person_terms (corp, userid, term, place)
		SELECT $1, rtrim(substr(packed, 2, 64)), substr(packed, 66), CAST(substr(packed, 1, 1) AS BIGINT) FROM given`
	putDeptTerms store.SQL = `WITH given(packed) AS @strings($2)
		INSERT INTO department_terms (corp, dept, term, place)
		SELECT $1, CAST(rtrim(substr(packed, 2, 64)) AS BIGINT), substr(packed, 66), CAST(substr(packed, 1, 1) AS BIGINT) FROM given`
	deletePersonTerms store.SQL = `DELETE FROM person_terms WHERE corp = $1 AND userid = $2`
	deleteDeptTerms   store.SQL = `DELETE FROM department_terms WHERE corp = $1 AND dept = $2`
)
