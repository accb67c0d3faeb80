package trust

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestTrustCAKeepsWhatWasSet(t *testing.T) {
	dir := t.TempDir()
	own := dir + "/own.pem"
	if err := os.WriteFile(own, []byte("OWN"), 0o644); err != nil {
		t.Fatal(err)
	}
	env := environ{"A=1", "NODE_EXTRA_CA_CERTS=" + own, "CURL_CA_BUNDLE=" + own, "REQUESTS_CA_BUNDLE=/nonexistent"}
	if err := env.trustCA(bundles{dir: dir, ca: []byte("OURS"), sys: []byte("SYSTEM")}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"NODE_EXTRA_CA_CERTS": "OWN\nOURS",
		"CURL_CA_BUNDLE":      "OWN\nOURS",
		"SSL_CERT_FILE":       "SYSTEM\nOURS",
		"REQUESTS_CA_BUNDLE":  "OURS",
		"GIT_SSL_CAINFO":      "SYSTEM\nOURS",
	} {
		if got, err := os.ReadFile(env.get(key)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", key, got, err, want)
		}
	}
	if env.get("A") != "1" {
		t.Error("A is lost")
	}
	bare := environ{}
	if err := bare.trustCA(bundles{dir: dir, ca: []byte("OURS"), sys: []byte("SYSTEM")}); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(bare.get("NODE_EXTRA_CA_CERTS")); err != nil || string(got) != "OURS" {
		t.Errorf("Node adds to its own list; it got %q, %v", got, err)
	}
}

func TestJavaOptionsKeepWhatWasSet(t *testing.T) {
	set := environ{"JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/mine"}
	if err := set.trustInJava(bundles{dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	if got := set.get("JAVA_TOOL_OPTIONS"); got != "-Djavax.net.ssl.trustStore=/mine" {
		t.Errorf("got %q", got)
	}
	other := environ{"JAVA_TOOL_OPTIONS=-Xmx1g"}
	if err := other.trustInJava(bundles{dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	if got := other.get("JAVA_TOOL_OPTIONS"); !strings.HasPrefix(got, "-Xmx1g -Djavax.net.ssl.trustStore=") {
		t.Errorf("got %q", got)
	}
}

func TestEnvironLastOneCounts(t *testing.T) {
	env := environ{"A=1", "B=2", "A=3"}
	if env.get("A") != "3" {
		t.Errorf("A is %q", env.get("A"))
	}
	env.set("A", "4")
	if !slices.Equal(env, environ{"B=2", "A=4"}) {
		t.Errorf("got %q", env)
	}
}
