package cli_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	got := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("webhook-signature") }))
	defer receiver.Close()

	c.fails(2, words("events webhook set"), "--to")
	c.fails(1, words("events webhook set --to http://127.0.0.1:9/ --token abcdef --aes-key short"), "field:    aesKey", "43 letters and digits")
	c.fails(1, words("events webhook set --to http://10.0.0.1/"), "10.0.0.1:80", "GATEPOST_CALLBACK_ALLOW")
	c.fails(1, words("events webhook set --form webhook --secret nope --to "+receiver.URL), "field:    secret", "whsec_")
	id := strings.TrimSpace(c.ok("events", "webhook", "set", "--to", receiver.URL, "--form", "webhook", "--events", "user_add_org,user_leave_org", "--timeout", "2s"))
	if out := c.ok("events", "webhook", "reveal", id); !regexp.MustCompile(`^WEBHOOK_SECRET=whsec_[\w+/]{43}=\n$`).MatchString(out) {
		t.Errorf("reveal prints:\n%s", out)
	}
	if out := c.ok("events", "webhook", "check"); !strings.Contains(out, "accepted in ") || !strings.HasPrefix(<-got, "v1,") {
		t.Errorf("check prints:\n%s", out)
	}
	c.ok("events", "webhook", "set", id, "--unordered", "--state", "paused", "--most", "3", "--test-group", "staging")
	if out := c.ok("events", "webhook", "list"); !strings.Contains(out, "paused") || !strings.Contains(out, "user_add_org,user_leave_org") || !strings.Contains(out, "test group staging") {
		t.Errorf("list prints:\n%s", out)
	}
	i := c.json("events", "webhook", "list")["list"].([]any)[0].(map[string]any)
	if i["ordered"] != false || i["most"] != 3.0 || i["timeoutMs"] != 2000.0 || i["id"] != id {
		t.Errorf("list has %v", i)
	}

	c.ok("events", "webhook", "set", id, "--form", "compatible")
	if out := c.ok("events", "webhook", "reveal"); !regexp.MustCompile(`^TOKEN=\w{24}\nAES_KEY=\w{43}\nOWNER_KEY=` + string(w.Demo.Key) + `\n$`).MatchString(out) {
		t.Errorf("reveal prints:\n%s", out)
	}
	code, out, _ := c.run("events", "webhook", "check")
	if code != 1 || !strings.Contains(out, "expected: {") || !strings.Contains(out, "no such JSON") {
		t.Errorf("check ends with %d and prints:\n%s", code, out)
	}
	c.fails(1, words("events webhook set "+id+" --most 4"), "success")
	c.ok(words("events webhook set " + id + " --most 4 --unchecked")...)
	c.fails(1, words("events webhook reveal 77"), "webhook list")
}
