package platform_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

// No reading operation tells an application that has ids of its own one of the
// platform's, wherever in the answer it might stand.
//
// feature: GW-020
func TestNoAnswerTellsThePlatformsIDs(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	c := newCompany(t, w, "own", scope.R2)
	both := op.IDsBoth
	w.Change(c.app, app.Change{IDs: &both})
	w.Change(c.suite, app.Change{IDs: &both})
	union := fmt.Sprint(c.values["unionid"]())
	leak := regexp.MustCompile(`\blina\b[^@]|\b` + regexp.QuoteMeta(string(c.app.Corp)) + `\b`)
	told := 0
	for _, o := range w.Catalogue.Operations() {
		if o.Verb != op.Read || o.Dialect == op.DialectConsole {
			continue
		}
		a := w.Do(request(&o, c.plain(&o), c.token(&o)))
		body := string(a.Body)
		if a.Status != http.StatusOK || leak.MatchString(body) || strings.Contains(body, union) {
			t.Errorf("%s: %s", o.Name(), a)
		}
		if strings.Contains(body, `"gp`) {
			told++
		}
	}
	if told < 20 {
		t.Errorf("only %d answers told ids", told)
	}
}
