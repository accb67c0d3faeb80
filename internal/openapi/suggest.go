package openapi

import (
	"strings"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// sensitive are parts of field names that tell of sensitive data, and how such a
// field is masked. The first that fits is taken. Names are compared in lower case
// without _ and -.
var sensitive = []struct {
	part string
	kind op.Mask
}{
	{"mobile", op.MaskPhone}, {"phone", op.MaskPhone}, {"telephone", op.MaskPhone},
	{"idcard", op.MaskIDCard}, {"idnumber", op.MaskIDCard}, {"identitycard", op.MaskIDCard}, {"certno", op.MaskIDCard}, {"passport", op.MaskIDCard}, {"ssn", op.MaskIDCard},
	{"email", op.MaskEmail},
	{"bankcard", op.MaskBankCard}, {"bankaccount", op.MaskBankCard}, {"cardno", op.MaskBankCard}, {"iban", op.MaskBankCard},
	{"realname", op.MaskName},
	{"salary", op.MaskHide}, {"salaries", op.MaskHide}, {"wage", op.MaskHide}, {"bonus", op.MaskHide}, {"payroll", op.MaskHide},
	{"birth", op.MaskHide}, {"homeaddress", op.MaskHide}, {"password", op.MaskHide}, {"secret", op.MaskHide},
}

// Sensitive tells how a field of this name would be masked; "" if nothing in the
// name tells of sensitive data.
func Sensitive(name string) op.Mask {
	name = strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
	for _, s := range sensitive {
		if strings.Contains(name, s.part) {
			return s.kind
		}
	}
	return ""
}

// suggest proposes a grade and masks. They are only ever proposed.
func (r *reader) suggest(o *Operation) {
	reads := o.Method == "GET" || o.Method == "HEAD" || o.Method == "OPTIONS"
	var field string
	visit(o.Response, "$", func(path string, f *op.Field) {
		if kind := Sensitive(f.Name); kind != "" {
			if field == "" {
				field = f.Name
			}
			if f.Shape.Kind != op.String {
				kind = op.MaskHide
			}
			if reads || o.Method == "POST" {
				o.SuggestedMasks = append(o.SuggestedMasks, Mask{Path: path, Kind: kind, Below: scope.R2})
			}
		}
	})
	if field == "" { // such as /employees/{id}/salaries
		field = sensitiveWord(o.Path)
	}
	if !reads {
		field = sensitiveWord(o.Path)
		visit(o.Request, "$", func(_ string, f *op.Field) {
			if field == "" && Sensitive(f.Name) != "" {
				field = f.Name
			}
		})
	}
	switch {
	case reads && field == "":
		o.Suggested = scope.R1
	case reads:
		o.Suggested = scope.R2
	case field == "" && o.Method != "DELETE":
		o.Suggested = scope.W1
	default:
		o.Suggested = scope.W2
	}
	o.Because = o.Method
	if field != "" {
		o.Because += ", " + field
	}
}

// sensitiveWord is the first word of a path that tells of sensitive data.
func sensitiveWord(path string) string {
	for seg := range strings.SplitSeq(path, "/") {
		if Sensitive(seg) != "" && !strings.HasPrefix(seg, "{") {
			return seg
		}
	}
	return ""
}

// visit calls f with every field and its path, the outer before the inner.
func visit(sh *op.Shape, path string, f func(path string, field *op.Field)) {
	for sh.Elem != nil {
		if path += "[*]"; sh.Kind == op.Map {
			path = strings.TrimSuffix(path, "[*]") + ".*"
		}
		sh = sh.Elem
	}
	for i := range sh.Fields {
		field := &sh.Fields[i]
		at := path + "." + field.Name
		if !plain(field.Name) {
			at = path + "['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(field.Name) + "']"
		}
		f(at, field)
		visit(field.Shape, at, f)
	}
}

// plain reports whether a name needs no quotes in a path.
func plain(name string) bool {
	for i, c := range name {
		if c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
