//go:build scale

package scale

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// company is the demonstration company of a cluster, whose administrator the
// test is.
type company struct {
	t       *testing.T
	env     map[string]string // of demo.env
	session string
}

// client is an application of the company.
type client struct {
	Agent       int64  `json:"agentId"`
	Key         string `json:"appKey"`
	Secret      string `json:"appSecret"`
	token, user string
}

func signIn(t *testing.T, n *node) *company {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(n.data, "demo.env"))
	if err != nil {
		t.Fatal(err)
	}
	c := &company{t: t, env: map[string]string{}}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		c.env[name] = value
	}
	c.session = c.must(n, "session.open", fmt.Sprintf(`{"user":%q,"password":%q,"corpId":%q}`, c.env["ADMIN_USER"], c.env["ADMIN_PASSWORD"], c.env["CORP_ID"]))["token"].(string)
	return c
}

// must calls an operation of the console on n.
func (c *company) must(n *node, operation, body string) map[string]any {
	c.t.Helper()
	r, err := request(c.t.Context(), http.MethodPost, n.url("/console/api/"+operation), body, "Authorization", "Bearer "+c.session)
	if err != nil {
		c.t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatalf("%s: %v", operation, err)
	}
	defer a.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(a.Body).Decode(&answer); err != nil || a.StatusCode != http.StatusOK {
		c.t.Fatalf("%s %s: %s %v %v", operation, body, a.Status, answer, err)
	}
	return answer
}

// app makes an application that reads people, and gets its token.
func (c *company) app(n *node, name string) *client {
	c.t.Helper()
	made := c.must(n, "app.create", fmt.Sprintf(`{"name":%q,"scopes":["qyapi_get_member","Contact.User.Read","qyapi_base"],"dialects":["v1","v2"]}`, name))
	a := &client{Agent: int64(made["agentId"].(float64)), Key: made["appKey"].(string), Secret: made["appSecret"].(string), user: c.env["UNION_ID"]}
	a.renew(c.t, n)
	return a
}

// renew gets the application's token.
func (a *client) renew(t *testing.T, n *node) {
	t.Helper()
	r, err := request(t.Context(), http.MethodPost, n.url("/v1.0/oauth2/accessToken"), fmt.Sprintf(`{"appKey":%q,"appSecret":%q}`, a.Key, a.Secret))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body struct{ AccessToken string }
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil || body.AccessToken == "" {
		t.Fatalf("a token: %s %v", answer.Status, err)
	}
	a.token = body.AccessToken
}

// read is the path of the call that the tests make: one person, from the database.
func (a *client) read() string { return "/v1.0/contact/users/" + a.user }

// limit sets how often the application may make that call.
func (c *company) limit(n *node, a *client, window string, most int) {
	c.t.Helper()
	c.must(n, "limit.set", fmt.Sprintf(`{"agentId":%d,"operation":"GET /v1.0/contact/users/{unionId}","window":%q,"max":%d}`, a.Agent, window, most))
}
