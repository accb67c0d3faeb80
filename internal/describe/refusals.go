package describe

import (
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// Refusals is the page of all refusals.
func Refusals() []byte {
	var p page
	p.title("拒绝", "Refusals")
	p.text("每种拒绝有一个稳定的规则名（`rule`），v1 以 `errcode` 表示，v2 以 HTTP 状态码与 `code` 表示。`/topapi/` 下由网关给出的拒绝，`errcode` 是 88，真正的码在 `sub_code`。")
	p.text("Every refusal has a stable rule name (`rule`); v1 tells it by `errcode`, v2 by HTTP status and `code`. Under `/topapi/` a refusal of the gateway has the `errcode` 88 and its own in `sub_code`. " +
		"Beside the text each answer carries, where there is something to say, `field`, `expected`, `found` and `hint`. `gatepost explain <request id>` tells the whole of it.")
	area := ""
	var rows [][]string
	flush := func() {
		if area != "" {
			p.heading(2, code(area))
			p.table([]string{"规则 · Rule", "errcode", "HTTP", "code", "说明 · Text", "处理 · What to do"}, rows)
		}
		rows = nil
	}
	for _, e := range grouped(apierror.All()) {
		if a := areaOf(e); a != area {
			flush()
			area = a
		}
		rows = append(rows, []string{code(e.Name), strconv.Itoa(e.Errcode), strconv.Itoa(e.Status), code(e.Code),
			both(e.ZH, e.EN), both(e.HintZH, e.HintEN)})
	}
	flush()
	return p.bytes()
}

// areaOf is what stands before the dot of a rule's name.
func areaOf(e *apierror.Error) string {
	area, _, _ := strings.Cut(e.Name, ".")
	return area
}

// grouped brings the rows of one area together, and keeps the order otherwise.
func grouped(rows []*apierror.Error) []*apierror.Error {
	var areas []string
	by := map[string][]*apierror.Error{}
	for _, e := range rows {
		a := areaOf(e)
		if by[a] == nil {
			areas = append(areas, a)
		}
		by[a] = append(by[a], e)
	}
	rows = rows[:0:0]
	for _, a := range areas {
		rows = append(rows, by[a]...)
	}
	return rows
}

// both is a text in both languages, once where they agree.
func both(zh, en string) string {
	if zh == en {
		return plain(zh)
	}
	return plain(zh) + "<br>" + plain(en)
}

// gate returns the refusals that a call of o can meet before its handler runs,
// and those that its request's fields name.
func gate(o *op.Operation) []*apierror.Error {
	var all []*apierror.Error
	add := func(es ...*apierror.Error) {
		for _, e := range es {
			if !contains(all, e) {
				all = append(all, e)
			}
		}
	}
	if o.As != op.Anyone {
		add(missingToken(o), apierror.TokenForged, apierror.TokenExpired, apierror.TokenRevoked, apierror.TokenKind,
			apierror.AppDisabled, apierror.CorpDisabled, apierror.IPRefused)
	}
	if o.As == op.Person || o.As == op.AppOrPerson {
		add(apierror.UserTokenExpired, apierror.ConsentMissing)
	}
	if o.Scope != "" {
		add(apierror.ScopeMissing)
	}
	add(apierror.Throttled, apierror.BodyTooLarge, apierror.BodyMalformed)
	if len(o.Request.Fields) > 0 {
		visit(o.Request, func(sh *op.Shape) {
			for i := range sh.Fields {
				if sh.Fields[i].Required {
					add(apierror.ParameterMissing)
				}
				add(sh.Fields[i].Rule)
			}
		})
	}
	add(apierror.ParameterUnknown, apierror.Internal)
	return all
}

// missingToken is the refusal of a call without token, which names the place
// where its dialect has the token.
func missingToken(o *op.Operation) *apierror.Error {
	if o.Dialect == op.DialectV1 {
		return apierror.TokenMissing
	}
	return apierror.HeaderMissing
}

func contains(es []*apierror.Error, e *apierror.Error) bool {
	for _, x := range es {
		if x == e {
			return true
		}
	}
	return false
}

// refusalList is what the gateway itself can refuse a call of o with.
func refusalList(o *op.Operation) string {
	var parts []string
	for _, e := range gate(o) {
		face := strconv.Itoa(e.Errcode)
		if o.Dialect != op.DialectV1 {
			face = strconv.Itoa(e.Status) + " " + e.Code
		}
		parts = append(parts, "[`"+e.Name+"`](refusals.md#"+anchor(areaOf(e))+") "+face)
	}
	return "网关给出的 · By the gateway: " + strings.Join(parts, ", ") + "."
}

// gradeTitle names a grade in both languages.
func gradeTitle(g scope.Grade) string {
	switch g {
	case scope.R1:
		return "公开读 · open read"
	case scope.R2:
		return "敏感读 · sensitive read"
	case scope.W1:
		return "写 · write"
	case scope.W2:
		return "敏感写 · sensitive write"
	}
	return ""
}
