package cli_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
)

// keyboard opens a terminal of its own: what is written to the first end is typed
// at the other.
func keyboard(t *testing.T) (typed, terminal *os.File) {
	t.Helper()
	typed, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { typed.Close() })
	if err := unix.IoctlSetPointerInt(int(typed.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(typed.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return typed, terminal
}

// At a terminal single keys are obeyed.
func TestListenKeys(t *testing.T) {
	t.Parallel()
	typed, terminal := keyboard(t)
	press := func(key string) {
		t.Helper()
		if _, err := typed.WriteString(key); err != nil {
			t.Fatal(err)
		}
	}
	w := platformtest.Start(t, platformtest.WithDemo())
	to := newReceiver(t)
	l := at(t, w).start(terminal, "listen", "--app", "demo", "--forward", to.URL+"/cb?own=1", "--event", "user_add_org")
	l.next("callbacks of demo")
	keys := map[string]string{}
	for _, name := range []string{"TOKEN", "AES_KEY", "OWNER_KEY"} {
		_, keys[name], _ = strings.Cut(strings.TrimSuffix(l.next(name+"="), "\r"), "=")
	}
	to.greeted(t, fmt.Sprintf(`{"token":%q,"aesKey":%q,"ownerKey":%q}`, keys["TOKEN"], keys["AES_KEY"], keys["OWNER_KEY"]))

	press("?")
	l.next("r sends the last one again")
	press("r")
	l.next("nothing has come yet")
	w.Person(w.Demo.Corp, "ada", "艾达", id.RootDept)
	l.next("person:ada", "200")
	press("r")
	if line := l.next("person:ada", "again: "); !strings.HasSuffix(line, "\r") {
		t.Errorf("a line that does not return: %q", line)
	}
	if first, second := to.next(t), to.next(t); first != second {
		t.Errorf("sent %s, and again %s", first, second)
	}
	press("q")
	if code := l.ended(); code != 0 {
		t.Errorf("it ended with %d:\n%s", code, l.errs)
	}
}
