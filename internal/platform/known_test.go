package platform_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
)

// Of both public catalogues, every operation is either offered or refused as
// known by its title: none is an unknown address.
//
// feature: GW-002
func TestEveryKnownOperationIsAnsweredFor(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	corp, _ := w.Corp("acme")
	token := w.Token(w.App(corp, "crm"))
	variable := regexp.MustCompile(`\{[^}]*\}`)
	offered, refused := 0, 0
	for _, k := range w.Known.Operations() {
		method := k.Method
		if method == "" {
			method = "POST"
		}
		path := variable.ReplaceAllString(k.Path, "x7")
		if o, _ := w.Catalogue.Find(method, path); o != nil {
			offered++
			continue
		}
		refused++
		a := w.Do(platformtest.Call{Method: method, Path: path, Token: token})
		told, _ := a.JSON(t)["message"].(string)
		if k.Dialect == op.DialectV1 {
			told, _ = a.JSON(t)["sub_msg"].(string)
		}
		if a.Rule(t) != apierror.NotOffered.Name || !strings.Contains(told, k.Title) {
			t.Errorf("%s %s (%s): %s", method, path, k.Title, a)
		}
	}
	if offered == 0 || offered+refused < 3231 {
		t.Errorf("%d offered and %d refused by title", offered, refused)
	}
}
