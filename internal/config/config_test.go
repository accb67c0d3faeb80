package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func from(m map[string]string) func(string) (string, bool) {
	return func(n string) (string, bool) { v, ok := m[n]; return v, ok }
}

func TestDefaultsAreValid(t *testing.T) {
	t.Parallel()
	c, err := Read()
	if err != nil || c.Listen != "127.0.0.1:8700" || c.CallDays.Hours() != 7*24 {
		t.Fatalf("%+v, %v", c, err)
	}
}

func TestFirstSourceWins(t *testing.T) {
	t.Parallel()
	c, err := Read(from(map[string]string{"GATEPOST_NODE": "7"}), from(map[string]string{"GATEPOST_NODE": "8", "GATEPOST_CALL_LOG_DAYS": "20"}))
	if err != nil || c.Node != 7 || c.CallDays != 20*24*time.Hour {
		t.Fatalf("%+v, %v", c, err)
	}
}

func TestEveryWrongValueIsNamed(t *testing.T) {
	t.Parallel()
	bad := map[string]string{"GATEPOST_LISTEN": "nowhere", "GATEPOST_POSTGRES": "mysql://root:pw@x/", "GATEPOST_NODE": "1024",
		"GATEPOST_TRUSTED_PROXIES": "10.0.0.0/8,x", "GATEPOST_LOG_LEVEL": "loud", "GATEPOST_SHUTDOWN_GRACE": "soon", "GATEPOST_TLS": "on",
		"GATEPOST_CHANNEL_REKEY": "2h", "GATEPOST_EVENT_DEAD_DAYS": "6", "GATEPOST_EVENT_ROWS": "many"}
	_, err := Read(from(bad))
	for name := range bad {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "pw@") {
		t.Error("a secret stands in the error")
	}
}

// Keys of the channel may be replaced more often than each hour, never less.
func TestRekey(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]time.Duration{"1s": time.Second, "1h": time.Hour, "999ms": 0, "1h1s": 0, "-1m": 0, "hourly": 0} {
		c, err := Read(from(map[string]string{"GATEPOST_CHANNEL_REKEY": s}))
		if c.Rekey != want || (err == nil) != (want > 0) {
			t.Errorf("%s is %s, %v", s, c.Rekey, err)
		}
	}
}

func TestCertificateFilesComeTogether(t *testing.T) {
	t.Parallel()
	given := map[string]string{"GATEPOST_TLS": TLSFiles, "GATEPOST_TLS_CERT": "a.crt"}
	if _, err := Read(from(given)); err == nil || !strings.Contains(err.Error(), "GATEPOST_TLS_KEY") {
		t.Errorf("without a key: %v", err)
	}
	given["GATEPOST_TLS_KEY"] = "a.key"
	if c, err := Read(from(given)); err != nil || c.TLS != TLSFiles || c.TLSCert != "a.crt" || c.TLSKey != "a.key" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	get, err := File(strings.NewReader("# c\n\nGATEPOST_LISTEN = \"0.0.0.0:80\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := get("GATEPOST_LISTEN"); !ok || v != "0.0.0.0:80" {
		t.Errorf("%q", v)
	}
	if _, err := File(strings.NewReader("GATEPOST_LISTN=x")); err == nil || !strings.Contains(err.Error(), "GATEPOST_LISTN") {
		t.Errorf("a misspelt option passes: %v", err)
	}
}

func TestPrintIsReadable(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := Print(&b, from(map[string]string{"GATEPOST_NODE": "3", "GATEPOST_POSTGRES": "postgres://u:p@h/d"})); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "p@h") {
		t.Error("a secret is printed")
	}
	get, err := File(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := get("GATEPOST_NODE"); v != "3" {
		t.Errorf("node %q", v)
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	c := Config{Postgres: "postgres://u:hunter2@h/d"}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), string(b)} {
		if strings.Contains(s, "hunter2") {
			t.Errorf("shown in %s", s)
		}
	}
}
