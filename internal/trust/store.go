package trust

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// certPlaceholder stands for the certificate's path in the commands of a Store.
const certPlaceholder = "{cert}"

// Store is one place where a system keeps the certificate authorities it
// trusts, and the commands that make it take notice.
type Store struct {
	Name string // as people call it
	// File is where the certificate is put. Empty if the store takes it from
	// wherever it lies.
	File string
	// Add and Remove are run after the certificate was put at File and after
	// it was removed from there; in them "{cert}" stands for its path.
	Add, Remove []string
}

// Stores returns the certificate stores known for an operating system, named
// as in runtime.GOOS; nil if there are none.
func Stores(goos string) []Store {
	switch goos {
	case "linux":
		return []Store{
			{
				Name: "Debian", // and Ubuntu, Alpine
				File: "/usr/local/share/ca-certificates/gatepost.crt",
				Add:  []string{"update-ca-certificates"},
				// Only a fresh update drops the links of what is gone.
				Remove: []string{"update-ca-certificates", "--fresh"},
			},
			{
				Name:   "Fedora", // and RHEL
				File:   "/etc/pki/ca-trust/source/anchors/gatepost.crt",
				Add:    []string{"update-ca-trust", "extract"},
				Remove: []string{"update-ca-trust", "extract"},
			},
		}
	case "darwin":
		return []Store{{
			Name: "macOS system keychain",
			Add: []string{"security", "add-trusted-cert", "-d", "-r", "trustRoot",
				"-k", "/Library/Keychains/System.keychain", certPlaceholder},
			Remove: []string{"security", "remove-trusted-cert", "-d", certPlaceholder},
		}}
	}
	return nil
}

// present reports whether this machine has the store.
func (s Store) present() bool {
	if _, err := exec.LookPath(s.Add[0]); err != nil {
		return false
	}
	if s.File == "" {
		return true
	}
	_, err := os.Stat(filepath.Dir(s.File))
	return err == nil
}

// certificate returns the path that stands for "{cert}".
func (s Store) certificate(ca *CA) string {
	if s.File != "" {
		return s.File
	}
	return ca.File()
}

// contents are what lies at the file of a store.
type contents int

const (
	nothing     contents = iota // also for a store without a file
	notOurs                     // something that is not Gatepost's
	otherOurs                   // the authority of another Gatepost directory
	exactlyOurs                 // this authority
)

// look reports what lies at the file of the store. ca may be nil.
func (s Store) look(ca *CA) contents {
	if s.File == "" {
		return nothing
	}
	text, err := os.ReadFile(s.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nothing
	}
	if err != nil {
		return notOurs
	}
	cert, err := parseCertificate(text)
	switch {
	case err != nil || !slices.Equal(cert.Subject.Organization, []string{caOrganization}):
		return notOurs
	case ca != nil && bytes.Equal(text, ca.pem):
		return exactlyOurs
	}
	return otherOurs
}

func (s Store) add(ctx context.Context, ca *CA) error {
	if s.File != "" {
		if s.look(ca) == notOurs {
			return fmt.Errorf("%s exists and is not Gatepost's", s.File)
		}
		if err := writeFile(s.File, ca.pem, 0o644); err != nil {
			return err
		}
	}
	return runCommand(ctx, s.Add, s.certificate(ca))
}

// remove takes Gatepost's certificate out, and leaves one alone that somebody
// else put in its place. certificate stands for "{cert}".
func (s Store) remove(ctx context.Context, certificate string) error {
	if s.File != "" {
		switch s.look(nil) {
		case notOurs:
			return nil
		case otherOurs, exactlyOurs:
			if err := os.Remove(s.File); err != nil {
				return err
			}
		case nothing:
		}
	}
	// Run it even if the file is gone: an earlier attempt may have come only
	// that far.
	err := runCommand(ctx, s.Remove, certificate)
	if errors.Is(err, exec.ErrNotFound) {
		return nil // no such store here any more
	}
	return err
}

func runCommand(ctx context.Context, command []string, certificate string) error {
	words := commandLine(command, certificate)
	out, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

func commandLine(command []string, certificate string) []string {
	words := make([]string, len(command))
	for i, word := range command {
		words[i] = strings.ReplaceAll(word, certPlaceholder, certificate)
	}
	return words
}
