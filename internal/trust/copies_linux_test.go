package trust

import (
	"bytes"
	"crypto/sha256"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// insideMark in the environment tells TestDebian that it runs in a mount
// namespace with copies of what it changes.
const insideMark = "GATEPOST_TEST_COPIES"

// TestDebian turns trust on and off with the system's own update-ca-certificates
// and hosts file, or rather with copies that lie over them for this test.
func TestDebian(t *testing.T) {
	need(t, "update-ca-certificates")
	if os.Getenv(insideMark) != "" {
		debianInside(t)
		return
	}
	unshare := need(t, "unshare")
	if os.Geteuid() != 0 {
		t.Skip("only root can write the certificate store")
	}
	if out, err := exec.Command(unshare, "--mount", "--propagation", "private", "true").CombinedOutput(); err != nil {
		t.Skipf("no private mounts here, as in a chroot: %s", bytes.TrimSpace(out)) // and the real store is not for tests
	}
	const script = `set -e
for path in /etc/ssl/certs /usr/local/share/ca-certificates; do
	copy=$1/copy$(echo $path | tr / -)
	cp -a $path $copy
	mount --bind $copy $path
done
cp /etc/hosts $1/hosts && mount --bind $1/hosts /etc/hosts
exec "$0" -test.run='^TestDebian$' -test.v`
	self, err := os.Executable()
	check(t, err)
	cmd := exec.Command(unshare, "--mount", "--propagation", "private", "sh", "-c", script, self, t.TempDir())
	cmd.Env = append(os.Environ(), insideMark+"=1")
	r := finish(t, cmd)
	if r.code != 0 || !bytes.Contains([]byte(r.out), []byte("--- PASS: TestDebian")) {
		t.Errorf("inside: exit code %d\n%s\n%s", r.code, r.out, r.errOut)
	}
}

func debianInside(t *testing.T) {
	o := Options{Dir: t.TempDir(), Stores: Stores("linux")[:1]}
	before := fingerprints(t)
	check(t, On(t.Context(), o))
	ca := testCA(t, o.Dir)
	if !bytes.Contains(systemBundle(), bytes.TrimSpace(ca.pem)) {
		t.Error("the bundle does not hold the authority")
	}
	if s := state(t, o); !s.On() {
		t.Errorf("state %+v", s)
	}
	check(t, Off(t.Context(), o))
	after := fingerprints(t)
	for path, sum := range before {
		if after[path] != sum {
			t.Errorf("%s is not as it was", path)
		}
	}
	if bytes.Contains(systemBundle(), bytes.TrimSpace(ca.pem)) {
		t.Error("the bundle still holds the authority")
	}
}

func fingerprints(t *testing.T) map[string][32]byte {
	t.Helper()
	sums := map[string][32]byte{}
	links, err := filepath.Glob("/etc/ssl/certs/*")
	check(t, err)
	for _, path := range append(links, "/etc/hosts") {
		// The Java store next to them is rewritten with new dates by a hook.
		if text, err := os.ReadFile(path); err == nil {
			sums[path] = sha256.Sum256(text)
		}
	}
	return sums
}

// TestResolversOutsideAreSilent: a name service cache outside the namespace
// would answer from the real hosts file, so the command must not reach it.
func TestResolversOutsideAreSilent(t *testing.T) {
	need(t, "python3")
	if os.Getenv(insideMark) != "" {
		listener, err := net.Listen("unix", "/run/nscd/socket")
		check(t, err)
		defer listener.Close()
		const connect = "import socket; print(socket.socket(socket.AF_UNIX).connect_ex('/run/nscd/socket'))"
		if r := finish(t, exec.Command("python3", "-c", connect)); r.out != "0" {
			t.Fatalf("the cache cannot be reached outside either: %+v", r)
		}
		newWay(t, namespaceWays()[0]).wants(strconv.Itoa(int(syscall.ECONNREFUSED)), "python3", "-c", connect)
		return
	}
	unshare := need(t, "unshare")
	if os.Geteuid() != 0 {
		t.Skip("only root can put a cache there")
	}
	self, err := os.Executable()
	check(t, err)
	cmd := exec.Command(unshare, "--mount", "--propagation", "private", "sh", "-c",
		`mount -t tmpfs none /run && mkdir /run/nscd && exec "$0" -test.run='^TestResolversOutsideAreSilent$' -test.v`, self)
	cmd.Env = append(os.Environ(), insideMark+"=1")
	if r := finish(t, cmd); r.code != 0 || !strings.Contains(r.out, "--- PASS: TestResolversOutsideAreSilent") {
		t.Errorf("inside: exit code %d\n%s\n%s", r.code, r.out, r.errOut)
	}
}
