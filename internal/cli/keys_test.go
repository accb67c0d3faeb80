package cli_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	dir := storetest.Dir(t)
	in := platformtest.WithConfig(func(c *config.Config) { c.Data = dir })
	w := platformtest.Start(t, platformtest.WithDemo(), in)
	c := at(t, w)
	if out := c.ok("key", "rotate"); !strings.Contains(out, "key 2") {
		t.Errorf("rotate prints:\n%s", out)
	}
	if out := c.ok("key", "rotate", "--all"); !strings.Contains(out, "2 companies") {
		t.Errorf("rotate --all prints:\n%s", out)
	}
	if out := c.ok("key", "status"); !strings.Contains(out, "key 3") || !strings.Contains(out, "people") {
		t.Errorf("status prints:\n%s", out)
	}
	c.env["GATEPOST_DATA"] = dir
	c.fails(1, words("key rewrap --new-key next.key"), "in use") // by the platform that runs
	w.Stop()

	c.fails(2, words("key rewrap"), "--new-key")
	old, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // again, as after an interruption
		if out := c.ok("key", "rewrap", "--new-key", "next.key"); !strings.Contains(out, "keys are under the new master key") {
			t.Errorf("rewrap prints:\n%s", out)
		}
	}
	next, err := os.ReadFile(filepath.Join(c.dir, "next.key"))
	if err != nil {
		t.Fatal(err)
	}
	now, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil || string(now) != string(next) || string(now) == string(old) {
		t.Errorf("the data directory has not the new key, %v", err)
	}
	w = platformtest.Start(t, platformtest.WithDemo(), in)
	if got := w.V1("", "/gettoken?appkey="+string(w.Demo.Key)+"&appsecret="+w.Demo.Secret, "").Rule(t); got != "" {
		t.Errorf("the app's secret is refused by %s", got)
	}
}

// A database that could not be opened where it goes is not copied.
func TestMoveUnderAnotherMaster(t *testing.T) {
	t.Parallel()
	dir, url := storetest.Dir(t), storetest.Postgres(t)
	w := platformtest.Start(t, platformtest.WithDemo(), platformtest.WithConfig(func(c *config.Config) { c.Data = dir }))
	c := at(t, w)
	w.Stop()
	c.env["GATEPOST_MASTER_KEY"] = base64.StdEncoding.EncodeToString(make([]byte, 32))
	c.fails(1, []string{"move", "--data", dir, "--postgres", url}, "another master key", "nothing was copied")
	delete(c.env, "GATEPOST_MASTER_KEY")
	c.ok("move", "--data", dir, "--postgres", url)
	there := platformtest.WithConfig(func(c *config.Config) {
		c.Data, c.Postgres = dir, config.Secret(url)
	})
	w = platformtest.Start(t, platformtest.WithDemo(), there)
	p, err := w.Directory.Person(t.Context(), w.Demo.Corp, w.Demo.User)
	if err != nil || p.Mobile == "" {
		t.Errorf("%+v, %v", p, err)
	}
}
