//go:build unix

package platform_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

// BenchmarkCall is what one call costs the whole platform but its transport, in
// processor time of the process, the request log's writing included: with a token,
// a permission point and all five flow rules.
func BenchmarkCall(b *testing.B) {
	for _, kind := range []struct {
		name    string
		answers int64
	}{{"remembered", 64 << 20}, {"read", 0}} {
		w := platformtest.Start(b, platformtest.WithDemo(), platformtest.WithConfig(func(c *config.Config) { c.Answers = kind.answers }))
		a := w.App(w.Demo.Corp, "bench", scope.Member, scope.ContactUserRead, "fieldMobile", "fieldEmail", "Contact.User.mobile")
		session := w.SignIn(w.Demo.Corp, w.Demo.Admin, w.Demo.Password)
		const get = "/topapi/v2/user/get"
		for _, rule := range []string{
			`"operation":"` + get + `","window":"second"`, `"operation":"` + get + `","window":"day"`,
			fmt.Sprintf(`"agentId":%d,"window":"day"`, a.Agent), fmt.Sprintf(`"agentId":%d,"window":"minute"`, a.Agent),
			fmt.Sprintf(`"agentId":%d,"operation":"%s","window":"minute"`, a.Agent, get),
		} {
			w.Console(session, "limit.set", `{`+rule+`,"max":1000000000}`).OK(b)
		}
		token := w.Token(a)
		user, _ := w.UserToken(a, w.Demo.User)
		b.Run(kind.name+"/v1", func(b *testing.B) {
			serve(b, w, func() *op.Request {
				body := `{"userid":"` + string(w.Demo.User) + `"}`
				return &op.Request{Method: "POST", Path: get, Query: "access_token=" + token, Host: "gate.example", IP: netip.MustParseAddr("127.0.0.1"),
					Head: http.Header{"Content-Type": {"application/json"}}, Body: strings.NewReader(body), Length: int64(len(body))}
			})
		})
		b.Run(kind.name+"/v2", func(b *testing.B) {
			serve(b, w, func() *op.Request {
				return &op.Request{Method: "GET", Path: "/v1.0/contact/users/me", Host: "gate.example", IP: netip.MustParseAddr("127.0.0.1"),
					Head: http.Header{http.CanonicalHeaderKey(op.TokenHeader): {user}}, Length: -1}
			})
		})
		w.Stop()
	}
}

// serve makes one call after another, on as many goroutines as there are cores.
func serve(b *testing.B, w *platformtest.World, request func() *op.Request) {
	b.Helper()
	if got := w.Gateway.Serve(b.Context(), request()); got.Status != 200 || strings.Contains(string(got.Body), `"rule"`) {
		b.Fatalf("%d %s", got.Status, got.Body)
	}
	b.ReportAllocs()
	before := used(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			w.Gateway.Serve(b.Context(), request())
		}
	})
	if err := w.Log.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64((used(b)-before).Nanoseconds())/float64(b.N)/1000, "cpu-µs/call")
}

// used is the processor time of the process so far.
func used(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
