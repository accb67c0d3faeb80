package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
)

const shop = `openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders/{id}:
    get:
      operationId: order
      summary: One order
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: d, content: {application/json: {schema: {type: object, properties: {id: {type: integer}, mobile: {type: string}}}}}}}
`

func TestAPIs(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	system := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id":7,"mobile":"13812345678","path":"` + r.URL.Path + `"}`))
	}))
	t.Cleanup(system.Close)
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := write("shop.yaml", shop)
	demo := platformtest.App{Corp: w.Demo.Corp, Agent: w.Demo.Agent, Key: w.Demo.Key, Secret: w.Demo.Secret}
	call := func() platformtest.Answer { return w.V2(w.Token(demo), "GET", "/apis/shop/v1/orders/7", "") }

	c.fails(2, []string{"api", "import", file}, "--group")
	c.fails(2, []string{"api", "import", filepath.Join(dir, "none.yaml"), "--group", "shop"}, "none.yaml")
	c.fails(2, []string{"api", "import", file, "--group", "shop", "--grade", "R2"}, "GET /people=R2")
	if out := c.prints(1, "api", "lint", write("bad.yaml", "openapi: 3.1.0\npaths: {/a: {trace: {}}}")); !strings.Contains(out, ":2: error: unsupported at /paths/~1a/trace") {
		t.Errorf("lint prints:\n%s", out)
	}
	if out := c.prints(1, "api", "import", file, "--group", "shop", "--dry-run"); !strings.Contains(out, ":6: error: grade.missing") || !strings.Contains(out, "nothing was stored") {
		t.Errorf("a dry run prints:\n%s", out)
	}
	if out := c.ok("api", "import", file, "--group", "shop", "--upstream", system.URL); !strings.Contains(out, "suggested: R2 (GET, mobile)") || !strings.Contains(out, "shop v1 is drafted with 1 operations; 1 errors") {
		t.Errorf("import prints:\n%s", out)
	}
	c.fails(1, words("api publish shop"), "gatepost api lint")
	c.ok("api", "set", "shop", "GET /orders/{id}", "--grade", "R2", "--mask", "$.mobile=phone", "--mask", "$.id=hide,below=R2")
	if out := c.ok(words("api show shop")...); !strings.Contains(out, "mask $.id=hide below R2") || !strings.Contains(out, "setting") {
		t.Errorf("show prints:\n%s", out)
	}
	if out := c.ok(words("api lint shop")...); !strings.Contains(out, "0 errors") {
		t.Errorf("lint prints:\n%s", out)
	}
	if out := c.ok(words("api publish shop --note first")...); !strings.Contains(out, "published as #1") || !strings.Contains(out, w.URL+"/apis/shop/v1") {
		t.Errorf("publish prints:\n%s", out)
	}
	c.ok("app", "grant", "Published.shop.R2", "--app", string(demo.Key), "--reason", "test")
	if got := call(); string(got.Body) != `{"id":7,"mobile":"138****5678","path":"/orders/7"}` {
		t.Errorf("called: %s", got)
	}
	if out := c.ok("operation", "list", "--search", "/apis/"); !strings.Contains(out, "GET /apis/shop/v1/orders/{id}") {
		t.Errorf("operation list prints:\n%s", out)
	}

	c.ok("api", "import", write("next.yaml", strings.Replace(shop, "type: integer}}]", "type: string}}]", 1)), "--group", "shop")
	if out := c.ok(words("api diff shop")...); !strings.Contains(out, "BREAKS") || !strings.Contains(out, "another type for the parameter id") {
		t.Errorf("diff prints:\n%s", out)
	}
	c.fails(1, words("api publish shop"), "--force shop")
	c.ok(words("api publish shop --force shop")...)
	c.ok(words("api rollback shop 1")...)
	if out := c.ok(words("api history shop")...); !strings.Contains(out, "#1") || !strings.Contains(out, "first") {
		t.Errorf("history prints:\n%s", out)
	}
	c.fails(2, words("api rollback shop first"), "gatepost api history")
	if out := c.ok(words("api export shop --number 1")...); out != shop {
		t.Errorf("export prints:\n%s", out)
	}

	c.ok("api", "upstream", "add", "shop", "http://127.0.0.1:9")
	c.ok("api", "upstream", "rm", "shop", "http://127.0.0.1:9")
	c.ok("api", "upstream", "set", "shop", "--retries", "2", "--timeout", "5s")
	if out := c.ok(words("api upstream health shop")...); !strings.Contains(out, system.URL) || strings.Contains(out, ":9\t") {
		t.Errorf("health prints:\n%s", out)
	}
	c.ok("api", "audience", "shop", "--apps", string(demo.Key))
	c.ok("api", "audience", "shop")
	c.fails(2, words("api audience shop --apps a --corp-ids b"), "not both")
	if out := c.ok(words("api list")...); !strings.Contains(out, "#1") {
		t.Errorf("list prints:\n%s", out)
	}
	c.fails(1, words("api withdraw shop"), "shop")
	c.ok(words("api withdraw shop --confirm shop")...)
	if got := call(); got.Status != 404 {
		t.Errorf("withdrawn, it answers %s", got)
	}
	c.ok(words("api rm shop --confirm shop")...)
	c.fails(1, words("api show shop"), "gatepost api list")
}

// prints runs a command that has to end with code and returns what it printed.
func (c *terminal) prints(code int, args ...string) string {
	c.t.Helper()
	got, out, errs := c.run(args...)
	if got != code {
		c.t.Fatalf("gatepost %s: exit %d, want %d\n%s%s", strings.Join(args, " "), got, code, out, errs)
	}
	return out
}
