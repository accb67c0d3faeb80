package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/platformtest"
)

// A platform with certificates of its own is spoken to by whoever has its data
// directory or names its authority, and by nobody else.
func TestOwnAuthorityIsTrusted(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo(), platformtest.WithConfig(func(c *config.Config) { c.TLS = config.TLSOwn }))
	c := at(t, w)
	c.fails(1, words("app list"), "certificate")

	authority := filepath.Join(w.Config.Data, "ca", "ca.pem")
	c.ok("app", "list", "--ca", authority)
	c.env["GATEPOST_CA"] = authority
	c.ok("app", "list")
	delete(c.env, "GATEPOST_CA")
	c.env["GATEPOST_DATA"] = w.Config.Data
	c.ok("app", "list")
	c.ok("doctor")

	empty := filepath.Join(c.dir, "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.fails(2, words("app list --ca empty.pem"), "PEM")
	c.fails(1, words("app list --ca none.pem"), "none.pem")
}

func TestRequireHTTPS(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo(), platformtest.WithConfig(func(c *config.Config) { c.TLS = config.TLSOwn }))
	c := at(t, w)
	c.env["GATEPOST_DATA"] = w.Config.Data
	if set := c.json("org", "set", "--require-https"); set["requireHttps"] != true {
		t.Errorf("set answers %v", set)
	}
	if rule := w.V1("", "/gettoken?appkey="+string(w.Demo.Key)+"&appsecret="+w.Demo.Secret, "").Rule(t); rule != "transport.https" {
		t.Errorf("plain http is refused by %q", rule)
	}
	if shown := c.json("org", "set"); shown["requireHttps"] != true {
		t.Errorf("shown as %v", shown)
	}
	if set := c.json("org", "set", "--require-https=false"); set["requireHttps"] != false {
		t.Errorf("set answers %v", set)
	}

	plain := platformtest.Start(t, platformtest.WithDemo())
	at(t, plain).fails(1, words("org set --require-https"), "HTTPS", "http://")
}
