//go:build unix

package platform_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
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
		b.Run(kind.name+"/v1", func(b *testing.B) { serve(b, w, func(int) *op.Request { return userGet(token, w.Demo.User) }) })
		b.Run(kind.name+"/v2", func(b *testing.B) {
			serve(b, w, func(int) *op.Request {
				return &op.Request{Method: "GET", Path: "/v1.0/contact/users/me", Host: "gate.example", IP: netip.MustParseAddr("127.0.0.1"),
					Head: http.Header{http.CanonicalHeaderKey(op.TokenHeader): {user}}, Length: -1}
			})
		})
		w.Stop()
	}
}

// userGet asks for a person in the v1 dialect.
func userGet(token string, user id.User) *op.Request {
	body := `{"userid":"` + string(user) + `"}`
	return &op.Request{Method: "POST", Path: "/topapi/v2/user/get", Query: "access_token=" + token, Host: "gate.example", IP: netip.MustParseAddr("127.0.0.1"),
		Head: http.Header{"Content-Type": {"application/json"}}, Body: strings.NewReader(body), Length: int64(len(body))}
}

// BenchmarkApps is what a call costs on a platform of so many apps, of which up to
// two hundred are calling.
func BenchmarkApps(b *testing.B) {
	for _, apps := range []int{10, 10_000, 1_000_000} {
		w := platformtest.Start(b, platformtest.WithDemo())
		var tokens []string
		for n := range min(apps, 200) {
			tokens = append(tokens, w.Token(w.App(w.Demo.Corp, fmt.Sprint("calling ", n), scope.Member)))
		}
		if _, err := store.Update(b.Context(), w.DB, func(tx *store.Tx) (struct{}, error) {
			for _, q := range []store.SQL{idleApps, idleScopes, idleTokens} {
				if _, err := tx.Exec(q, w.Demo.Corp, apps-len(tokens)); err != nil {
					return struct{}{}, err
				}
			}
			return struct{}{}, nil
		}); err != nil {
			b.Fatal(err)
		}
		for _, token := range tokens { // the first call of each reads what the next ones know
			w.Gateway.Serve(b.Context(), userGet(token, w.Demo.User))
		}
		b.Run(fmt.Sprint(apps), func(b *testing.B) {
			serve(b, w, func(n int) *op.Request { return userGet(tokens[n*7919%len(tokens)], w.Demo.User) })
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MiB")
		})
		w.Stop()
	}
}

// Apps that do not call, with their permission points and tokens.
const (
	idleApps store.SQL = `INSERT INTO apps (corp, agent, app_key, name, description, state, grade, strict, range_all, ips, redirect_urls, created_at)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
		SELECT $1, i, 'idle' || i, 'idle ' || i, '', 'enabled', 'R2', FALSE, TRUE, '[]', '[]', 0 FROM n WHERE $2 > 0`
	idleScopes store.SQL = `INSERT INTO app_scopes (corp, agent, scope, reason, granted_by, granted_at)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
		SELECT $1, i, 'qyapi_get_member', '', '', 0 FROM n WHERE $2 > 0`
	idleTokens store.SQL = `INSERT INTO tokens (corp, serial, kind, agent, app, userid, consent, created_at, expires_at, ended_at, latest)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
		SELECT $1, i, 'a', i, 'idle' || i, '', '*', 0, 4000000000000, 0, TRUE FROM n WHERE $2 > 0`
)

// serve makes one call after another, on as many goroutines as there are cores.
func serve(b *testing.B, w *platformtest.World, request func(n int) *op.Request) {
	b.Helper()
	if got := w.Gateway.Serve(b.Context(), request(0)); got.Status != 200 || strings.Contains(string(got.Body), `"rule"`) {
		b.Fatalf("%d %s", got.Status, got.Body)
	}
	b.ReportAllocs()
	before := used(b)
	b.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			w.Gateway.Serve(b.Context(), request(n))
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
