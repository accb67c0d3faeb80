package platform_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

// hrSystem is a system whose API is published.
func hrSystem(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(pattern, body string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		})
	}
	answer("GET /employees", `{"list":[{"employeeId":"E0001","name":"李娜","mob\u0069le":"13812345678","idCard":"110101199003074514","email":"lina@example.com"}]}`)
	answer("GET /employees/{id}", `{"employeeId":"E0001","name":"李娜","mobile":"13812345678","idCard":"110101199003074514","manager":{"mobile":"13900000000"}}`)
	answer("GET /org-units", `{"id":1,"name":"总部","children":[]}`)
	mux.HandleFunc("POST /leave-requests", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		_, _ = io.Copy(w, r.Body)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func document(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/apis/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestPublishedAPI(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	w.APIs.Dial = plain
	corp, admin := w.Corp("acme")
	hr := hrSystem(t)
	body := encoded(map[string]any{"group": "hr", "document": document(t, "hr.yaml"), "upstream": []string{hr.URL}})
	if got := w.Console(admin, "api.import", body).OK(t); got["imported"] != true || got["errors"] != 0.0 {
		t.Fatalf("import: %v", got)
	}
	w.Console(admin, "api.publish", `{"group":"hr"}`).OK(t)
	app := w.App(corp, "crm", scope.Published("hr", scope.R2), scope.Published("hr", scope.W1))
	token := w.Token(app)
	fmt.Println(w.V2(token, "GET", "/apis/hr/v1/employees?size=5", ""))
	fmt.Println(w.V2(token, "GET", "/apis/hr/v1/employees?size=500", ""))
	fmt.Println(w.V2(token, "GET", "/apis/hr/v1/employees/E0001", ""))
	fmt.Println(w.V2(token, "GET", "/apis/hr/v1/employees/..", ""))
	fmt.Println(w.V2(token, "GET", "/apis/hr/v1/org-units", ""))
	fmt.Println(w.V2(token, "POST", "/apis/hr/v1/leave-requests", `{"employeeId":"E0001","from":"2026-01-01","to":"x"}`))
	fmt.Println(w.V2(token, "POST", "/apis/hr/v1/leave-requests", `{"employeeId":"E0001","from":"2026-01-01","to":"2026-01-02"}`))
	_ = strings.ToLower
}
