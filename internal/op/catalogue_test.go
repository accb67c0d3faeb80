package op

import (
	"slices"
	"strings"
	"testing"
)

func TestTree(t *testing.T) {
	t.Parallel()
	var tree Tree[string]
	for _, route := range []string{
		"GET /", "GET /a", "POST /a", "DELETE /a",
		"GET /apps/{agentId}/roles", "GET /apps/inner/{id}", "GET /apps/{appId}",
		"GET /docs/{id}s", "GET /docs/v{version}", "GET /docs/{any}",
		"GET /Mixed/Case", "GET /mixed/case/more", "GET /mixed/other",
		"GET /x/{a}/y/{b}/z",
	} {
		method, path, _ := strings.Cut(route, " ")
		tree.Add(method, path, path)
	}
	for ask, want := range map[string]string{
		"GET /":                   "/",
		"GET /a":                  "/a",
		"GET /a/":                 "/a",
		"POST /a":                 "/a",
		"PUT /a":                  "",
		"GET /A":                  "/a",
		"GET /a//":                "",
		"GET //a":                 "",
		"GET /apps/inner/7":       "/apps/inner/{id} id=7",
		"GET /apps/inner/roles":   "/apps/inner/{id} id=roles",
		"GET /apps/inner":         "/apps/{appId} appId=inner", // a literal that leads nowhere is stepped back from
		"GET /apps/8/roles":       "/apps/{agentId}/roles agentId=8",
		"GET /apps/8/rules":       "",
		"GET /apps//roles":        "", // a variable is never empty
		"GET /docs/reports":       "/docs/{id}s id=report",
		"GET /docs/v12":           "/docs/v{version} version=12",
		"GET /docs/v":             "/docs/{any} any=v",
		"GET /docs/s":             "/docs/{any} any=s",
		"GET /docs/plain":         "/docs/{any} any=plain",
		"GET /Mixed/Case":         "/Mixed/Case",
		"GET /MIXED/CASE":         "/Mixed/Case",
		"GET /Mixed/case/More":    "/mixed/case/more",
		"GET /Mixed/Other":        "/mixed/other",
		"GET /x/1%2F2/y/%20/z":    "/x/{a}/y/{b}/z a=1/2 b= ",
		"GET /x/%zz/y/b/z":        "/x/{a}/y/{b}/z a=%zz b=b",
		"GET /x/a%2Fy%2Fb%2Fz":    "",
		"GET /x/1/y/2/z/extra":    "",
		"GET " + deepPath(24):     "",
		"GET " + deepPath(10_000): "",
	} {
		method, path, _ := strings.Cut(ask, " ")
		got, vars, ok := tree.Find(method, path)
		for i, n := range vars.names {
			got += " " + n + "=" + vars.values[i]
			if vars.Value(n) != vars.values[i] {
				t.Errorf("%s: variable %s is %q, or %q", ask, n, vars.Value(n), vars.values[i])
			}
		}
		if got != want || ok != (want != "") {
			t.Errorf("%.60s leads to %q, not to %q", ask, got, want)
		}
	}
	for path, want := range map[string][]string{
		"/a": {"DELETE", "GET", "POST"}, "/A/": {"DELETE", "GET", "POST"}, "/apps/inner/7": {"GET"}, "/nowhere": nil, deepPath(30): nil,
	} {
		if got := tree.Methods(path); !slices.Equal(got, want) {
			t.Errorf("%.60s answers %v, not %v", path, got, want)
		}
	}
}

func deepPath(n int) string { return "/x" + strings.Repeat("/1", n) }

func TestUnknownVariableIsEmpty(t *testing.T) {
	t.Parallel()
	if v := (Vars{names: []string{"a"}, values: []string{"1"}}).Value("b"); v != "" {
		t.Errorf("b is %q", v)
	}
}

func TestCatalogueFilesV1UnderBothMethods(t *testing.T) {
	t.Parallel()
	c := NewCatalogue([]Operation{V1("/topapi/v2/user/get", handle[None, None], good)}, []Operation{V2("GET /v1.0/a", handle[None, None], good)})
	for _, method := range []string{"GET", "POST"} {
		if o, _ := c.Find(method, "/topapi/v2/user/get"); o == nil || o.Path != "/topapi/v2/user/get" {
			t.Errorf("%s finds %+v", method, o)
		}
	}
	if o, _ := c.Find("PUT", "/topapi/v2/user/get"); o != nil {
		t.Errorf("PUT finds %s", o.Path)
	}
	if n := len(c.Operations()); n != 2 {
		t.Errorf("%d operations", n)
	}
	if m := c.Methods("/topapi/v2/user/get"); !slices.Equal(m, []string{"GET", "POST"}) {
		t.Errorf("methods %v", m)
	}
}
