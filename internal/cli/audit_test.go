package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/store"
)

func TestAudit(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	demo := platformtest.App{Corp: w.Demo.Corp, Agent: w.Demo.Agent, Key: w.Demo.Key, Secret: w.Demo.Secret}
	c.ok("app", "grant", "fieldMobile", "--app", string(demo.Key))
	for range 3 {
		w.V1(w.Token(demo), "/topapi/v2/user/get", `{"userid":"lina"}`).OK(t)
		c.ok("audit", "list") // writes what waits: the same once more would be counted in one record
	}

	if out := c.ok(words("audit list --person lina --field mobile --since 1h")...); strings.Count(out, "mobile") != 3 {
		t.Errorf("list prints:\n%s", out)
	}
	if out := c.ok("audit", "list", "--app", string(demo.Key), "--person", "admin"); strings.Contains(out, "mobile") {
		t.Errorf("list of somebody else prints:\n%s", out)
	}
	c.fails(2, words("audit list --since yesterday"), "2026-11-22")
	if out := c.ok(words("audit verify --live")...); !strings.Contains(out, "whole: 3 records") {
		t.Errorf("verify prints:\n%s", out)
	}
	export := c.ok(words("audit export --from 24h")...)
	seal := c.ok(words("audit seal --json")...)
	for name, text := range map[string]string{"good.jsonl": export, "bad.jsonl": strings.Replace(export, "lina", "wang", 1), "seal.json": seal} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out := c.ok(words("audit verify good.jsonl")...); !strings.Contains(out, "whole: 3 records") {
		t.Errorf("verify prints:\n%s", out)
	}
	c.fails(1, words("audit verify good.jsonl --key AAAA"))
	code, out, _ := c.run(words("audit verify bad.jsonl")...)
	if code != 1 || !strings.Contains(out, "does not fit at record 1: hash of the contents") {
		t.Errorf("verify of a changed export: exit %d:\n%s", code, out)
	}
	c.fails(2, words("audit verify"), "--live")
	c.fails(2, words("audit export --format csv"), "jsonl")

	const cut store.SQL = `DELETE FROM disclosures WHERE corp = $1 AND seq = 3`
	const unseal store.SQL = `DELETE FROM disclosure_seals WHERE corp = $1`
	_, err := store.Update(t.Context(), w.DB, func(tx *store.Tx) (int64, error) {
		if _, err := tx.Exec(unseal, demo.Corp); err != nil {
			return 0, err
		}
		return tx.Exec(cut, demo.Corp)
	})
	if err != nil {
		t.Fatal(err)
	}
	c.ok(words("audit verify --live")...) // by itself it cannot know
	code, out, _ = c.run(words("audit verify --live --seal seal.json")...)
	if code != 1 || !strings.Contains(out, "does not fit at record 3: end of the chain") {
		t.Errorf("verify of a chain that was cut: exit %d:\n%s", code, out)
	}
	const first store.SQL = `DELETE FROM disclosures WHERE corp = $1 AND seq = 1`
	if _, err := store.Update(t.Context(), w.DB, func(tx *store.Tx) (int64, error) { return tx.Exec(first, demo.Corp) }); err != nil {
		t.Fatal(err)
	}
	c.fails(1, words("audit seal"), "Disclosure 1 does not fit", "compare with an export")
}
