package known

import (
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/op"
)

// TestEveryKnownOperationIsFound files all routes of both generations and asks
// for each by a path made from its template: what is found has to be it.
func TestEveryKnownOperationIsFound(t *testing.T) {
	t.Parallel()
	c := Load()
	count := map[op.Dialect]int{}
	for i := range c.all {
		o := &c.all[i]
		count[o.Dialect]++
		path := o.Path
		for strings.Contains(path, "{") {
			open, end := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
			path = path[:open] + "x7" + path[end+1:]
		}
		got := c.Find(o.Method, path)
		if got == nil || got.Path != o.Path {
			t.Errorf("%s %s asked for as %s: found %+v", o.Method, o.Path, path, got)
		}
	}
	if count[op.DialectV2] != 3232 || count[op.DialectV1] != 1190 {
		t.Errorf("%d v2 and %d v1 operations are known", count[op.DialectV2], count[op.DialectV1])
	}
}

func TestVariablesAreNamedByTheirOwnRoute(t *testing.T) {
	t.Parallel()
	var tree op.Tree[string]
	tree.Add("GET", "/v1.0/docs/{docKey}/x", "a")
	tree.Add("GET", "/v1.0/docs/{documentId}/y", "b")
	v, vars, ok := tree.Find("GET", "/v1.0/docs/7%2F8/y")
	if !ok || v != "b" || vars.Value("documentId") != "7/8" || vars.Value("docKey") != "" {
		t.Errorf("found %q with %+v", v, vars)
	}
}
