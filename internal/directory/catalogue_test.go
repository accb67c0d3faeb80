package directory_test

import (
	"testing"

	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/known"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// deviations are operations whose grade or permission point is not that of the
// public catalogue, each with the reason.
var deviations = map[string]struct {
	grade  scope.Grade
	scope  scope.Name
	reason string
}{
	"/user/get_by_mobile": {scope.R1, scope.MemberByMobile, "the answer is one userid, which is R1 wherever else it is told"},
}

// Grades and permission points are those of the public catalogue.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	public := known.Load()
	for _, o := range directory.New(nil, nil, nil).Operations() {
		method := o.Method
		if o.Dialect == op.DialectV1 {
			method = "POST"
		}
		k := public.Find(method, o.Path)
		if k == nil {
			t.Errorf("%s is not in the public catalogue", o.Path)
			continue
		}
		if k.Tier == 0 {
			continue // the catalogue ranks and grades only what matters most
		}
		wantGrade, wantScope := k.Grade, k.Scope
		if dev, ok := deviations[o.Path]; ok {
			if dev.grade == k.Grade && dev.scope == k.Scope || dev.reason == "" {
				t.Errorf("%s does not deviate, or for no reason", o.Path)
			}
			wantGrade, wantScope = dev.grade, dev.scope
		}
		if o.Grade != wantGrade || o.Scope != wantScope {
			t.Errorf("%s has grade %s and scope %s, the catalogue %s and %s", o.Path, o.Grade, o.Scope, wantGrade, wantScope)
		}
		if o.Title != k.Title {
			t.Logf("%s is titled %s, in the catalogue %s", o.Path, o.Title, k.Title)
		}
	}
}
