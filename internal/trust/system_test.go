//go:build unix

package trust

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const someHosts = "127.0.0.1 localhost\r\n# mine\r\n10.0.0.1 api.dingtalk.com"

// machine is a machine in a directory: a hosts file, and a certificate store
// whose command notes what it was called with.
func machine(t *testing.T) Options {
	t.Helper()
	dir := t.TempDir()
	o := Options{Dir: filepath.Join(dir, "gatepost"), Hosts: filepath.Join(dir, "hosts")}
	check(t, os.Mkdir(o.Dir, 0o755))
	check(t, os.Mkdir(filepath.Join(dir, "certs"), 0o755))
	check(t, os.WriteFile(o.Hosts, []byte(someHosts), 0o640))
	update := filepath.Join(dir, "update")
	check(t, os.WriteFile(update, []byte("#!/bin/sh\necho \"$@\" >> "+dir+"/calls\ntest ! -e "+dir+"/fail\n"), 0o755))
	o.Stores = []Store{
		{Name: "test", File: filepath.Join(dir, "certs", "gatepost.crt"), Add: []string{update, "add"}, Remove: []string{update, "remove"}},
		{Name: "keychain", Add: []string{update, "trust", certPlaceholder}, Remove: []string{update, "distrust", certPlaceholder}},
		{Name: "absent", File: "/nonexistent/certs/x", Add: []string{update}, Remove: []string{update}},
	}
	return o
}

func calls(t *testing.T, o Options) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(o.Hosts), "calls"))
	if os.IsNotExist(err) {
		return nil
	}
	check(t, err)
	check(t, os.Remove(filepath.Join(filepath.Dir(o.Hosts), "calls")))
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func state(t *testing.T, o Options) State {
	t.Helper()
	s, err := Inspect(o)
	check(t, err)
	return s
}

// untouched fails unless the machine is as it was before On.
func untouched(t *testing.T, o Options) {
	t.Helper()
	hosts, err := os.ReadFile(o.Hosts)
	check(t, err)
	info, err := os.Stat(o.Hosts)
	check(t, err)
	if string(hosts) != someHosts || info.Mode().Perm() != 0o640 {
		t.Errorf("hosts is %v %q", info.Mode(), hosts)
	}
	if _, err := os.Stat(o.Stores[0].File); !os.IsNotExist(err) {
		t.Errorf("the certificate is still there: %v", err)
	}
	if s := state(t, o); s.Hosts || s.HostsOther || s.Recorded || len(s.Trusted) > 0 {
		t.Errorf("state %+v", s)
	}
}

func TestOnAndOff(t *testing.T) {
	o := machine(t)
	plan, err := Plan(o)
	check(t, err)
	if len(plan) != 3 || plan[0].File != o.Hosts || plan[1].File != o.Stores[0].File || plan[2].Run[2] != filepath.Join(o.Dir, "ca", "ca.pem") {
		t.Errorf("plan %+v", plan)
	}
	untouched(t, o)
	for range 2 { // a second On finds everything in place
		check(t, On(t.Context(), o))
		s := state(t, o)
		if !s.On() || !slices.Equal(s.Trusted, []string{"test", "keychain"}) || !s.Recorded {
			t.Errorf("state %+v", s)
		}
		if len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "api.dingtalk.com to 10.0.0.1") {
			t.Errorf("notes %q", s.Notes)
		}
	}
	if plan, err := Plan(o); err != nil || len(plan) > 0 {
		t.Errorf("plan when on: %+v, %v", plan, err)
	}
	hosts, err := os.ReadFile(o.Hosts)
	check(t, err)
	if !strings.HasSuffix(string(hosts), someHosts) {
		t.Errorf("hosts is %q", hosts)
	}
	calls(t, o)
	check(t, Off(t.Context(), o))
	if got := calls(t, o); !slices.Equal(got, []string{"remove", "distrust " + filepath.Join(o.Dir, "ca", "ca.pem")}) {
		t.Errorf("calls %q", got)
	}
	untouched(t, o)
	check(t, Off(t.Context(), o)) // nothing left to do
	untouched(t, o)
	if got := calls(t, o); got != nil {
		t.Errorf("a second Off called %q", got)
	}
}

// TestOffAfterHalf: whatever On managed before it failed or was killed, Off
// undoes it.
func TestOffAfterHalf(t *testing.T) {
	fail := func(o Options) string { return filepath.Join(filepath.Dir(o.Hosts), "fail") }
	for name, half := range map[string]func(*testing.T, Options){
		"nothing happened": func(*testing.T, Options) {},
		"command failed": func(t *testing.T, o Options) {
			check(t, os.WriteFile(fail(o), nil, 0o644))
			if err := On(t.Context(), o); err == nil {
				t.Error("On succeeded")
			}
			check(t, os.Remove(fail(o)))
		},
		"record only": func(t *testing.T, o Options) {
			_, err := o.intend(o.present(), testCA(t, o.Dir))
			check(t, err)
		},
		"record and hosts": func(t *testing.T, o Options) {
			_, err := o.intend(o.present(), testCA(t, o.Dir))
			check(t, err)
			check(t, editHosts(o.Hosts, func(b []byte) []byte { return addBlock(b, "127.0.0.1") }))
		},
		"off was interrupted": func(t *testing.T, o Options) {
			check(t, On(t.Context(), o))
			check(t, os.WriteFile(fail(o), nil, 0o644))
			if err := Off(t.Context(), o); err == nil {
				t.Error("Off succeeded")
			}
			if !state(t, o).Recorded {
				t.Error("the record is gone though Off failed")
			}
			check(t, os.Remove(fail(o)))
		},
		"the record is lost": func(t *testing.T, o Options) {
			check(t, On(t.Context(), o))
			check(t, os.Remove(o.recordFile()))
		},
		"the directory is lost": func(t *testing.T, o Options) {
			check(t, On(t.Context(), o))
			check(t, os.RemoveAll(o.Dir))
		},
		"another address": func(t *testing.T, o Options) {
			o.Address = "127.0.0.2"
			check(t, On(t.Context(), o))
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := machine(t)
			half(t, o)
			check(t, Off(context.Background(), o))
			untouched(t, o)
		})
	}
}

func TestOthersCertificateStays(t *testing.T) {
	o := machine(t)
	check(t, os.WriteFile(o.Stores[0].File, []byte("mine"), 0o644))
	if err := On(t.Context(), o); err == nil || !strings.Contains(err.Error(), "not Gatepost's") {
		t.Errorf("On: %v", err)
	}
	check(t, Off(t.Context(), o))
	if text, err := os.ReadFile(o.Stores[0].File); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestHostsLinkStaysALink(t *testing.T) {
	o := machine(t)
	real := o.Hosts + ".real"
	check(t, os.Rename(o.Hosts, real))
	check(t, os.Symlink(real, o.Hosts))
	check(t, On(t.Context(), o))
	if info, err := os.Lstat(o.Hosts); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v", info, err)
	}
	check(t, Off(t.Context(), o))
	untouched(t, o)
}

func TestUnknownRecordIsNotOverwritten(t *testing.T) {
	o := machine(t)
	for _, text := range []string{"{", `{"version": 99}`} {
		check(t, os.WriteFile(o.recordFile(), []byte(text), 0o644))
		if err := On(t.Context(), o); err == nil {
			t.Error("On overwrote it")
		}
		if err := Off(t.Context(), o); err == nil {
			t.Error("Off ignored it")
		}
	}
}

func TestByHandNamesEverything(t *testing.T) {
	for _, word := range append(Names(), "ca.pem", "hosts") {
		if text := byHand("/d"); !strings.Contains(text, word) {
			t.Errorf("%q does not mention %s", text, word)
		}
	}
}
