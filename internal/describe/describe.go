// Package describe turns the tables of the platform into documents: OpenAPI for
// both dialects, a reference in Markdown, the same reference as a web site, the
// console's TypeScript types, and the coverage of the public catalogues.
//
// Everything here is a pure function of the tables: the same tables give the
// same bytes, whatever the machine and the time. What is generated is committed,
// and a test compares it with what would be generated now.
package describe

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/known"
	"github.com/gatepost/gatepost/internal/op"
)

// Info is what a document says about itself.
type Info struct {
	Title   string
	Version string // of the protocol, not of the build: a document changes with its operations only
	Server  string // where the operations are called
}

// Server is the address that examples and documents name.
const Server = "http://127.0.0.1:8700"

// Files returns every generated file by its path in the repository.
func Files(ops []op.Operation, k *known.Catalogue, shown Shown) (map[string][]byte, error) {
	files := map[string][]byte{
		"docs/api/refusals.md": Refusals(),
		"docs/api/scopes.md":   Scopes(ops),
		"docs/coverage.md":     Coverage(ops, k),
		"web/src/api/gen.ts":   TypeScript(ops),
	}
	for name, page := range Pages(ops) {
		files["docs/api/"+name] = page
	}
	events, err := Events(shown)
	if err != nil {
		return nil, err
	}
	for name, page := range events {
		files["docs/api/"+name] = page
	}
	v2, err := OpenAPI(ops, Info{Title: "Gatepost v2", Version: "2.0", Server: Server})
	if err != nil {
		return nil, err
	}
	v1, err := V1(ops, Info{Title: "Gatepost v1", Version: "1.0", Server: Server})
	if err != nil {
		return nil, err
	}
	files["docs/api/openapi.json"], files["docs/api/v1.json"] = v2, v1
	return files, nil
}

// of returns the operations of one dialect, sorted by path and method.
func of(ops []op.Operation, d op.Dialect) []op.Operation {
	var own []op.Operation
	for _, o := range ops {
		if o.Dialect == d {
			own = append(own, o)
		}
	}
	slices.SortStableFunc(own, func(a, b op.Operation) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(methodOrder(a.Method), methodOrder(b.Method)))
	})
	return own
}

// methodOrder puts methods in the order in which a reader thinks of them.
func methodOrder(method string) int {
	return slices.Index([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method)
}

// method is the method that a document shows. v1 answers GET and POST alike;
// POST carries every request.
func method(o *op.Operation) string { return cmp.Or(o.Method, "POST") }

// chapter is the product group of an operation: what stands before the dot of
// its rate-limit group.
func chapter(o *op.Operation) string {
	name, _, _ := strings.Cut(o.Group, ".")
	return name
}

// chapterTitle returns a product group's titles.
func chapterTitle(name string) (zh, en string) {
	switch name {
	case "directory":
		return "通讯录", "Directory"
	case "identity":
		return "身份与登录", "Identity and sign-in"
	case "app":
		return "应用", "Applications"
	case "audit":
		return "调用记录", "Request log"
	case "callback":
		return "事件回调", "Event callbacks"
	case "event":
		return "拉取事件", "Fetching events"
	case "stream":
		return "Stream 连接", "Stream connections"
	case "suite":
		return "第三方应用", "Suites"
	case "securityid":
		return "安全标识", "Security IDs"
	}
	return name, name
}

// callerTitle says in both languages who may call.
func callerTitle(a op.As) (zh, en string) {
	switch a {
	case op.App:
		return "应用", "an app, by its access token"
	case op.Person:
		return "用户授权的应用", "an app for a person who consented, by a user token"
	case op.AppOrPerson:
		return "应用，或用户授权的应用", "an app, or an app for a person who consented"
	case op.Suite:
		return "服务商，凭签名", "a vendor, by signature"
	case op.Anyone:
		return "任何人，无需凭证", "anyone, without a token"
	case op.Session, op.Admin, op.Operator:
		return "控制台", "the console"
	}
	return a.String(), a.String()
}
