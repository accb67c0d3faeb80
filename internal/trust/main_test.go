package trust

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"testing"
)

// driverMark as first argument makes the test binary call Exec once, as the
// command line would, so that tests can run it as another user, signal it and
// see its exit code.
const driverMark = "exec-driver"

// drive is what the driver is told, as JSON in its second argument.
type drive struct {
	Dir      string // of the CA
	Upstream string
	Mode     Mode
	NoFilter bool
	Args     []string
}

func TestMain(m *testing.M) {
	if Stage2(os.Args) {
		return
	}
	if len(os.Args) == 3 && os.Args[1] == driverMark {
		os.Exit(driveExec(os.Args[2]))
	}
	os.Exit(m.Run())
}

func driveExec(text string) int {
	var d drive
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		fmt.Fprintln(os.Stderr, "driver:", err)
		return 99
	}
	ca, err := OpenCA(d.Dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "driver:", err)
		return 99
	}
	upstream, err := url.Parse(d.Upstream)
	if err != nil {
		fmt.Fprintln(os.Stderr, "driver:", err)
		return 99
	}
	code, err := Exec(context.Background(), ExecOptions{
		Args: d.Args, Env: os.Environ(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Upstream: upstream, CA: ca, Mode: d.Mode, noFilter: d.NoFilter,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "driver:", err)
	}
	return code
}
