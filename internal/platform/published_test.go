package platform_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const employee = `{"employeeId":"E0001","name":"李娜","mob\u0069le":"13812345678","idCard":"110101199003074514","email":"lina@example.com","manager":{"name":"王伟","mobile":"13900000000"}}`

// hrSystem starts a system whose API is published, and returns its address. Beside
// what testdata/apis/hr.yaml says it answers in ways that it should not, tells what
// it was sent, streams events, and echoes what follows a switch of protocols.
func hrSystem(t testing.TB) string {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(pattern string, status int, contentType, body string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	answer("GET /employees", 200, "application/json", `{"list":[`+employee+`]}`)
	answer("POST /employees", 201, "application/json", employee)
	answer("GET /employees/{id}", 200, "application/json", employee)
	answer("GET /employees/E9999", 404, "application/json", `{"error":"no E9999","mobile":"13812345678"}`)
	answer("GET /employees/E9998", 500, "text/html", "<h1>13812345678</h1>")
	answer("DELETE /employees/{id}", 204, "", "")
	answer("GET /employees/{id}/salaries", 200, "application/json", `{"list":[{"month":"2026-01","amount":31250.50,"currency":"CNY"}]}`)
	answer("POST /leave-requests", 201, "application/json", `{"id":7}`)
	answer("GET /org-units", 200, "application/json", `{"id":1,"name":"总部","children":[{"id":2,"name":"研发"}]}`)
	answer("GET /employees/{id}/photo", 200, "image/png", "\x89PNG")
	answer("PUT /employees/{id}/photo", 204, "", "")
	answer("GET /odd/html", 200, "text/html", "<h1>13812345678</h1>")
	answer("GET /odd/malformed", 200, "application/json", `{"a":1,,"mobile":"13812345678"}`)
	answer("GET /odd/cut", 200, "application/json", `{"a":1,"mobile":"1381`)
	mux.HandleFunc("GET /odd/compressed", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(`{"mobile":"13812345678"}`))
		_ = z.Close()
	})
	mux.HandleFunc("GET /sent", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"path": r.RequestURI, "headers": r.Header})
	})
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		_, _ = w.Write(body)
	})
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done() // it goes on until the client has gone
	})
	mux.HandleFunc("GET /socket", func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(conn, buffered)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	return server.URL
}

func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// published is a world in which odd.yaml is published as odd, and an app may call
// all of it.
func published(t *testing.T, file, group string) (w *platformtest.World, token, admin string) {
	t.Helper()
	w = platformtest.Start(t)
	corp, admin := w.Corp("acme")
	document, err := os.ReadFile("testdata/apis/" + file)
	if err != nil {
		t.Fatal(err)
	}
	w.Console(admin, "api.import", encoded(map[string]any{"group": group, "document": string(document), "upstream": []string{hrSystem(t)}})).OK(t)
	w.Console(admin, "api.publish", `{"group":"`+group+`"}`).OK(t)
	app := w.App(corp, "crm", scope.Published(group, scope.R1), scope.Published(group, scope.R2), scope.Published(group, scope.W1), scope.Published(group, scope.W2))
	return w, w.Token(app), admin
}

// wire makes a call over the wire.
func wire(t *testing.T, w *platformtest.World, token, method, path string, body io.Reader, head ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(op.TokenHeader, token)
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Add(head[i], head[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// What cannot be masked is not passed on, whichever way it cannot.
func TestMasksOfPublishedAPIsFailClosed(t *testing.T) {
	t.Parallel()
	w, token, _ := published(t, "odd.yaml", "odd")
	for _, path := range []string{"html", "malformed", "cut", "compressed"} {
		resp := wire(t, w, token, "GET", "/apis/odd/v1/odd/"+path, nil)
		body, err := io.ReadAll(resp.Body)
		if bytes.Contains(body, []byte("138")) {
			t.Errorf("%s: a part of the number was passed on: %s", path, body)
		}
		if err == nil && (resp.StatusCode != 502 || !bytes.Contains(body, []byte(`"rule":"upstream.undeclared"`))) {
			t.Errorf("%s: answered %d %s", path, resp.StatusCode, body)
		}
	}
}

// feature: GW-023
func TestPublishedAPIKnowsItsCaller(t *testing.T) {
	t.Parallel()
	w, token, _ := published(t, "odd.yaml", "odd")
	resp := wire(t, w, token, "GET", "/apis/odd/v1/sent?access_token=stolen&a=1", nil,
		"X-Gatepost-App", "forged", "x-gatepost-app", "forged", "X_Gatepost_Corp", "forged", "X-Gatepost-Identity", "forged", "Cookie", "gatepost_session=forged", "Authorization", "Bearer forged")
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%d %s, %v", resp.StatusCode, body, err)
	}
	if strings.Contains(string(body), "forged") || strings.Contains(string(body), "stolen") || strings.Contains(string(body), token) {
		t.Errorf("the upstream was sent %s", body)
	}
	for _, name := range []string{"X-Gatepost-App", "X-Gatepost-Corp", "X-Gatepost-Identity", "X-Gatepost-Request-Id"} {
		if !strings.Contains(string(body), `"`+name+`"`) {
			t.Errorf("the upstream was not sent %s: %s", name, body)
		}
	}
}

// gauge counts bytes that arrived, and lets others wait for them.
type gauge struct {
	mu   sync.Mutex
	came *sync.Cond
	n    int
}

func newGauge() *gauge {
	g := &gauge{}
	g.came = sync.NewCond(&g.mu)
	return g
}

func (g *gauge) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n += len(b)
	g.came.Broadcast()
	return len(b), nil
}

func (g *gauge) wait(least int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.n < least {
		g.came.Wait()
	}
}

// paced gives pieces, each only when all but the last piece arrived at the other
// end: between the ends is never more than two pieces.
type paced struct {
	left, given int
	piece       []byte
	arrived     *gauge
}

func (p *paced) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	p.left--
	p.arrived.wait(p.given - len(p.piece))
	p.given += len(p.piece)
	return copy(b, p.piece), nil
}

// 10 MiB pass in each direction, answers masked, and never more than 1 MiB of it is
// on the way.
func TestLargeBodiesPass(t *testing.T) {
	t.Parallel()
	w, token, admin := published(t, "odd.yaml", "odd")
	line := strings.Repeat(strings.Replace(employee, "\\u0069", "i", 1)+",", 2900)
	piece := []byte(line)
	const pieces = 24
	up, down := newGauge(), newGauge()
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /large", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(up, r.Body)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /large", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"list":[`)
		_, _ = io.CopyBuffer(struct{ io.Writer }{w}, &paced{left: pieces, piece: piece, arrived: down}, make([]byte, len(piece)))
		_, _ = io.WriteString(w, `{}]}`)
	})
	system := httptest.NewServer(mux)
	t.Cleanup(system.Close)
	w.Console(admin, "api.upstream.set", encoded(map[string]any{"group": "odd", "addresses": []string{system.URL}})).OK(t)

	sent := bufio.NewReaderSize(&paced{left: pieces, piece: piece, arrived: up}, len(piece))
	if resp := wire(t, w, token, "PUT", "/apis/odd/v1/large", struct{ io.Reader }{sent}, "Content-Type", "application/json"); resp.StatusCode != http.StatusNoContent {
		body, _ := io.ReadAll(resp.Body)
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	if up.n != pieces*len(piece) || up.n < 10<<20 {
		t.Errorf("%d bytes came", up.n)
	}
	resp := wire(t, w, token, "GET", "/apis/odd/v1/large", nil)
	in := bufio.NewScanner(io.TeeReader(resp.Body, down))
	in.Buffer(nil, 64<<10)
	in.Split(objects)
	seen := 0
	for ; in.Scan(); seen++ {
		if bytes.Contains(in.Bytes(), []byte("13812345678")) {
			t.Fatalf("a number passed: %s", in.Bytes())
		}
	}
	if in.Err() != nil || down.n < 10<<20 {
		t.Errorf("%d bytes came back, %v", down.n, in.Err())
	}
}

// objects splits at the end of objects.
func objects(data []byte, end bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '}'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if end {
		return len(data), nil, nil
	}
	return 0, nil, nil
}

func TestEventsPass(t *testing.T) {
	t.Parallel()
	w, token, _ := published(t, "odd.yaml", "odd")
	resp := wire(t, w, token, "GET", "/apis/odd/v1/events", nil)
	in := bufio.NewScanner(resp.Body)
	for want := range 3 { // the upstream goes on: what came is there before its end
		if !in.Scan() || in.Text() != fmt.Sprintf("data: %d", want) || !in.Scan() {
			t.Fatalf("%q, %v", in.Text(), in.Err())
		}
	}
}

func TestSocketsPass(t *testing.T) {
	t.Parallel()
	w, token, _ := published(t, "odd.yaml", "odd")
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "GET /apis/odd/v1/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s: %s\r\n\r\n", op.TokenHeader, token)
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != 101 {
		t.Fatalf("%v, %v", resp, err)
	}
	if sent, ok := resp.Header["Content-Type"]; ok {
		t.Errorf("an answer without a body has the type %q", sent)
	}
	fmt.Fprint(conn, "there and back\n")
	if line, err := in.ReadString('\n'); line != "there and back\n" {
		t.Errorf("%q, %v", line, err)
	}
}

// What one node publishes another offers within a second, and no longer once it is
// withdrawn.
func TestPublishReachesOtherNodes(t *testing.T) {
	t.Parallel()
	if os.Getenv(storetest.PostgresVariable) == "" {
		t.Skip("two nodes need PostgreSQL")
	}
	database := config.Secret(storetest.Postgres(t))
	node := func() *platformtest.World {
		return platformtest.Start(t, platformtest.WithConfig(func(c *config.Config) {
			c.Postgres = database
			c.MasterKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
		}))
	}
	first, second := node(), node()
	corp, admin := first.Corp("acme")
	document, err := os.ReadFile("testdata/apis/hr.yaml")
	if err != nil {
		t.Fatal(err)
	}
	first.Console(admin, "api.import", encoded(map[string]any{"group": "hr", "document": string(document), "upstream": []string{hrSystem(t)}})).OK(t)
	first.Console(admin, "api.publish", `{"group":"hr"}`).OK(t)
	published := time.Now()
	token := second.Token(first.App(corp, "crm", scope.Published("hr", scope.R1)))
	for second.V2(token, "GET", "/apis/hr/v1/org-units", "").Status != 200 {
		if time.Since(published) > 10*time.Second {
			t.Fatal("the other node does not offer it")
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("offered after %v", time.Since(published))
	first.Console(admin, "api.withdraw", `{"group":"hr","confirm":"hr"}`).OK(t)
	withdrawn := time.Now()
	for second.V2(token, "GET", "/apis/hr/v1/org-units", "").Status == 200 {
		if time.Since(withdrawn) > 10*time.Second {
			t.Fatal("the other node goes on offering it")
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("withdrawn after %v", time.Since(withdrawn))
}

// A stored document that cannot be read keeps no node from starting.
func TestBrokenDocumentIsSkipped(t *testing.T) {
	t.Parallel()
	dir := storetest.Dir(t)
	in := platformtest.WithConfig(func(c *config.Config) { c.Data = dir })
	w := platformtest.Start(t, in)
	corp, admin := w.Corp("acme")
	for _, group := range []string{"good", "bad"} {
		document, err := os.ReadFile("testdata/apis/hr.yaml")
		if err != nil {
			t.Fatal(err)
		}
		w.Console(admin, "api.import", encoded(map[string]any{"group": group, "document": string(document), "upstream": []string{hrSystem(t)}})).OK(t)
		w.Console(admin, "api.publish", `{"group":"`+group+`"}`).OK(t)
	}
	spoil(t, w, corp, "bad")
	w.Stop()
	var log bytes.Buffer
	w = platformtest.Start(t, in, platformtest.WithLog(&log))
	app := w.App(corp, "crm", scope.Published("good", scope.R1), scope.Published("bad", scope.R1))
	if got := w.V2(w.Token(app), "GET", "/apis/good/v1/org-units", ""); got.Status != 200 {
		t.Errorf("the other group: %s", got)
	}
	if got := w.V2(w.Token(app), "GET", "/apis/bad/v1/org-units", ""); got.Status != 404 {
		t.Errorf("the broken group: %s", got)
	}
	if got := w.Console(w.SignIn(corp, "admin", platformtest.Password), "api.list", ""); !strings.Contains(string(got.Body), `"broken":"error: line 1`) {
		t.Errorf("the list does not tell: %s", got)
	}
	if !strings.Contains(log.String(), "a published API is not offered") {
		t.Errorf("the log does not tell: %s", log.String())
	}
}

const spoilDocuments store.SQL = `UPDATE api_publications SET document = 'no document' WHERE corp = $1 AND api = $2`

// spoil makes a group's publications unreadable.
func spoil(t *testing.T, w *platformtest.World, corp id.Corp, group string) {
	t.Helper()
	_, err := store.Update(t.Context(), w.DB, func(tx *store.Tx) (int64, error) { return tx.Exec(spoilDocuments, corp, group) })
	if err != nil {
		t.Fatal(err)
	}
}
