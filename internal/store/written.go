package store

import (
	"maps"
	"strings"

	"github.com/gatepost/gatepost/internal/id"
)

// everyCorp stands for all corps, and is what a statement writes for that names
// none: whose rows it changes is then not known.
const everyCorp id.Corp = ""

// WatchWrites has f called with every corp of which this process wrote rows: after
// the commit, and after the watchers of topics, before Update returns; also when
// it is not known whether the commit was made. The corp "" means that rows of any
// corp may have changed. f must not call View or Update of this DB or block.
//
// A statement that says /* aside: why */ does not count. It writes what no
// operation's answer is made of, or nothing could be remembered for long.
func (db *DB) WatchWrites(f func(corp id.Corp)) {
	r := &db.revisions
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes = append(r.writes, f)
}

// wrote tells the watchers of writes.
func (r *revisions) wrote(corps map[id.Corp]struct{}) {
	if len(corps) == 0 {
		return
	}
	r.mu.Lock()
	watchers := r.writes
	r.mu.Unlock()
	for corp := range corps {
		for _, f := range watchers {
			f(corp)
		}
	}
}

// writes notes whose rows a statement changes: those of the corp that is its $1,
// as in every statement on a corp's table.
func (tx *Tx) writes(q string, args []any) {
	if strings.Contains(q, "/* aside:") {
		return
	}
	corp := everyCorp
	if len(args) > 0 {
		if c, ok := args[0].(id.Corp); ok {
			corp = c
		}
	}
	if tx.written == nil {
		tx.written = map[id.Corp]struct{}{}
	}
	tx.written[corp] = struct{}{}
}

// changes reports whether a statement may change rows. One that begins with a
// word other than these two is taken to.
func changes(q string) bool {
	q = strings.TrimSpace(q)
	for strings.HasPrefix(q, "/*") {
		_, rest, _ := strings.Cut(q, "*/")
		q = strings.TrimSpace(rest)
	}
	switch {
	case strings.HasPrefix(q, "SELECT"):
		return false
	case strings.HasPrefix(q, "WITH"):
		return strings.Contains(q, "INSERT") || strings.Contains(q, "UPDATE") || strings.Contains(q, "DELETE")
	}
	return true
}

// addAll adds what one run of a function wrote to what its runs before did.
func addAll(all, more map[id.Corp]struct{}) map[id.Corp]struct{} {
	if all == nil {
		return more
	}
	maps.Copy(all, more)
	return all
}
