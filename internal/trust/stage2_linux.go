package trust

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// stage2Mark as first argument makes our program stage 2 of Exec.
const stage2Mark = "__gatepost-exec-stage-2"

// maxMessage bounds what the two sides say to each other in one packet.
const maxMessage = 16 << 10

// order is what Exec wants of stage 2.
type order struct {
	Overlays       []overlay
	Filter         bool // install the filter and send its descriptor
	DropCapability bool // give up the capability that mounting took
}

// overlay is a file to be laid over another.
type overlay struct{ From, To string }

// A report says how a step went; the step is empty if all went well.
type report struct {
	Step  string
	Error string
	Errno syscall.Errno
}

const (
	stepNamespace = "namespace"
	stepFilter    = "filter"
	stepCommand   = "command"
)

func failed(step string, err error) report {
	r := report{Step: step, Error: err.Error()}
	errors.As(err, &r.Errno)
	return r
}

// failure returns the error a report stands for.
func (r report) failure() error {
	if r.Step == "" {
		return nil
	}
	err := errors.New(r.Error)
	if r.Errno != 0 {
		err = remoteError{r.Error, r.Errno}
	}
	switch r.Step {
	case stepFilter:
		return &filterError{err}
	case stepCommand:
		return &commandError{err}
	}
	return fmt.Errorf("no mount namespace: %w", err)
}

// remoteError is an error of the other process that keeps its number.
type remoteError struct {
	text string
	syscall.Errno
}

func (e remoteError) Error() string { return e.text }
func (e remoteError) Unwrap() error { return e.Errno }

// Stage2 runs the part of Exec that happens inside the new namespace. The main
// function of a program that uses Exec must call it with os.Args before it does
// anything else, and return at once if it reports true.
//
//	func main() {
//		if trust.Stage2(os.Args) {
//			return
//		}
//		…
//	}
//
// In a process that Exec started it does not come back if all goes well: the
// process becomes the command. In every other process it reports false and has
// done nothing.
func Stage2(args []string) (handled bool) {
	if len(args) < 5 || args[1] != stage2Mark {
		return false
	}
	// The filter holds for one thread only, the one that execs.
	runtime.LockOSThread()
	conn, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: args[2], Net: "unixpacket"})
	if err != nil {
		return true // who called is gone
	}
	r := becomeCommand(conn, args[3], args[4:])
	if text, err := json.Marshal(r); err == nil {
		_, _ = conn.Write(text) // whoever asked may be gone
	}
	return true
}

// becomeCommand returns only if it fails.
func becomeCommand(conn *net.UnixConn, path string, args []string) report {
	var o order
	message := make([]byte, maxMessage)
	n, err := conn.Read(message)
	if err == nil {
		err = json.Unmarshal(message[:n], &o)
	}
	if err != nil {
		return failed(stepNamespace, err)
	}
	if err := layOver(o.Overlays); err != nil {
		return failed(stepNamespace, err)
	}
	var rights []byte
	if o.Filter {
		notify, err := installFilter()
		if err != nil {
			return failed(stepFilter, err)
		}
		rights = unix.UnixRights(notify)
	}
	if o.DropCapability {
		if err := dropCapability(); err != nil {
			return failed(stepNamespace, err)
		}
	}
	if err := reportReady(conn, rights); err != nil {
		return failed(stepNamespace, err)
	}
	//nolint:forbidigo // the environment of stage 2 is the one Exec gave to the command
	env := os.Environ()
	// The descriptors opened here, conn among them, close on exec.
	return failed(stepCommand, &os.PathError{Op: "exec", Path: path, Err: syscall.Exec(path, args, env)})
}

// reportReady sends the filter's descriptor and waits for the word to go.
func reportReady(conn *net.UnixConn, rights []byte) error {
	text, err := json.Marshal(report{})
	if err != nil {
		return err
	}
	if _, _, err := conn.WriteMsgUnix(text, rights, nil); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 16))
	return err
}

// layOver mounts files over others, for this mount namespace only.
func layOver(list []overlay) error {
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	for _, o := range list {
		if err := unix.Mount(o.From, o.To, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("lay a file over %s: %w", o.To, err)
		}
	}
	return nil
}

// dropCapability undoes SysProcAttr.AmbientCaps, so that the command starts
// with the capabilities it would have had without us: for an ordinary user,
// none.
func dropCapability() error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("drop ambient capabilities: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("read capabilities: %w", err)
	}
	data[0].Inheritable &^= 1 << unix.CAP_SYS_ADMIN
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("drop inheritable capabilities: %w", err)
	}
	return nil
}
