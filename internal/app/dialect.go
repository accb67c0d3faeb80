package app

import (
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
)

// Dialect is a generation of operations that an application may call.
type Dialect string

// The dialects. An app that is new calls in V2 alone until somebody says
// otherwise; tokens are asked for in either, because they are the same in both
// and clients of the second generation ask the first for them.
const (
	V1 Dialect = "v1"
	V2 Dialect = "v2"
)

// Dialects returns every dialect, in the order in which they are told.
func Dialects() []Dialect { return []Dialect{V1, V2} }

// Speaks reports whether the app may call in d.
func (app *App) Speaks(d Dialect) bool { return slices.Contains(app.Dialects, d) }

// PermitDialect refuses a call in a dialect that the app does not use
// (DialectClosed), with the repair.
func (app *App) PermitDialect(who *op.Caller, dialect op.Dialect) error {
	d := Dialect(dialect.String())
	if app.Speaks(d) {
		return nil
	}
	both := orderedDialects(append(slices.Clone(app.Dialects), d))
	return apierror.DialectClosed.With("app", app.Key, "dialect", d, "dialects", commas(both), "request", who.Call.V2()).
		Want("%s", commas(app.Dialects)).Got("%s", d).
		Repair(apierror.Fix{Kind: "dialect", Agent: int64(app.Agent), Value: string(d)})
}

// checkDialects refuses a list that is empty or has what is no dialect.
func checkDialects(list []Dialect) error {
	all := Dialects()
	if len(list) == 0 {
		return invalid("dialects").Want("%v", all)
	}
	for _, d := range list {
		if !slices.Contains(all, d) {
			return invalid("dialects").Want("%v", all).Got("%q", d)
		}
	}
	return nil
}

// orderedDialects is list in the order of Dialects, each once.
func orderedDialects(list []Dialect) []Dialect {
	return slices.DeleteFunc(Dialects(), func(d Dialect) bool { return !slices.Contains(list, d) })
}

// commas is list as the command line takes it.
func commas(list []Dialect) string {
	var texts []string
	for _, d := range list {
		texts = append(texts, string(d))
	}
	return strings.Join(texts, ",")
}
