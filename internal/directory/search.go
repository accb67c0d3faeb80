package directory

import (
	"context"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// Search asks for the people or departments whose name word is found in.
type Search struct {
	Word   string
	Exact  bool // the name is just this; people only
	Offset int64
	Size   int64
}

// Found is one page of what a search found, the best first: those whose name
// begins with the word before those in whose name it comes later.
type Found[T any] struct {
	List  []T
	Total int64 // on all pages
}

// More reports whether further pages follow the one asked for.
func (f Found[T]) More(s Search) bool { return s.Offset+int64(len(f.List)) < f.Total }

// SearchPeople finds employees inside r by name, pinyin, initials or job number.
func (d *Directory) SearchPeople(ctx context.Context, corp id.Corp, r op.Range, s Search) (Found[id.User], error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (Found[id.User], error) { return searchPeople(tx, corp, r, s) })
}

// SearchDepartments finds departments inside r by name, pinyin or initials.
func (d *Directory) SearchDepartments(ctx context.Context, corp id.Corp, r op.Range, s Search) (Found[id.Dept], error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (Found[id.Dept], error) { return searchDepts(tx, corp, r, s) })
}

func searchPeople(tx *store.Tx, corp id.Corp, r op.Range, s Search) (found Found[id.User], err error) {
	word := needle(s.Word)
	if word == "" {
		return found, nil
	}
	from, to, name := word, termEnd(word), ""
	if s.Exact {
		to, name = word+"\x01", s.Word // the term itself
	}
	args := []any{corp, store.List(r.Departments), store.List(r.Users), r.All, from, to, name}
	if found.Total, err = store.One(tx, countFoundPeople, scanCount, args...); err != nil {
		return found, err
	}
	found.List, err = store.All(tx, foundPeople, scanUser, append(args, s.Size, s.Offset)...)
	return found, err
}

func searchDepts(tx *store.Tx, corp id.Corp, r op.Range, s Search) (found Found[id.Dept], err error) {
	word := needle(s.Word)
	if word == "" {
		return found, nil
	}
	args := []any{corp, store.List(r.Departments), r.All, word, termEnd(word)}
	if found.Total, err = store.One(tx, countFoundDepts, scanCount, args...); err != nil {
		return found, err
	}
	found.List, err = store.All(tx, foundDepts, scanDeptID, append(args, s.Size, s.Offset)...)
	return found, err
}

// Who is inside the range is found once, not for each row: asked as EXISTS, the
// same took seconds where many names match. An empty name ($7) is no further condition.
const peopleFound = ` FROM person_terms t WHERE t.corp = $1 AND t.term >= $5 AND t.term < $6
	AND ($4 = TRUE OR t.userid IN @strings($3)
		OR t.userid IN (SELECT m.userid FROM memberships m WHERE m.corp = $1 AND m.dept IN ` + grantedDepts + `))
	AND ($7 = '' OR EXISTS (SELECT 1 FROM people p WHERE p.corp = $1 AND p.userid = t.userid AND lower(p.name) = lower($7)))`

const deptsFound = ` FROM department_terms t WHERE t.corp = $1 AND t.term >= $4 AND t.term < $5
	AND ($3 = TRUE OR t.dept IN ` + grantedDepts + `)`

const (
	countFoundPeople store.SQL = `SELECT count(DISTINCT t.userid)` + peopleFound
	foundPeople      store.SQL = `SELECT t.userid` + peopleFound + ` GROUP BY t.userid ORDER BY min(t.place), t.userid LIMIT $8 OFFSET $9`

	countFoundDepts store.SQL = `SELECT count(DISTINCT t.dept)` + deptsFound
	foundDepts      store.SQL = `SELECT t.dept` + deptsFound + ` GROUP BY t.dept ORDER BY min(t.place), t.dept LIMIT $6 OFFSET $7`
)
