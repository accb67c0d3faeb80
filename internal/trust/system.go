package trust

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Options say which machine On, Off, Plan and Inspect work on. Only Dir must
// be given; the other zero values stand for those of this system.
type Options struct {
	// Dir is Gatepost's directory. It holds the authority and trust.json, the
	// record of what On did.
	Dir string
	// Hosts is the hosts file, /etc/hosts if empty.
	Hosts string
	// Address is what Names lead to, 127.0.0.1 if empty.
	Address string
	// Stores are the certificate stores; nil means Stores(runtime.GOOS). Those
	// that the machine does not have are passed over.
	Stores []Store
}

// Change is one thing On does to the machine.
type Change struct {
	What string   // the change in words
	File string   // the file that is written; empty if none
	Run  []string // the command that is run; nil if none
}

// State is what is in place on the machine.
type State struct {
	Hosts bool // the hosts file leads Names to Options.Address
	// HostsOther tells that the hosts file has a block of ours with other
	// names or another address.
	HostsOther bool
	Trusted    []string // the stores that hold this authority, by name
	Recorded   bool     // DIR/trust.json exists
	// Notes tell what else a person should know, such as lines of the hosts
	// file that contradict ours.
	Notes []string
}

// On reports whether everything On would do is in place.
func (s State) On() bool { return s.Hosts && len(s.Trusted) > 0 }

// record is DIR/trust.json. It is written before the machine is changed, so it
// may promise more than happened, never less.
//
// It names stores but not their commands: those come from the program, so that
// whoever may write the record cannot have root run something.
type record struct {
	Version int             `json:"version"`
	Hosts   string          `json:"hosts"`
	Stores  []recordedStore `json:"stores"`
}

type recordedStore struct {
	Name        string `json:"name"`
	Certificate string `json:"certificate"` // where it lay when it was added
	Added       bool   `json:"added"`       // adding it succeeded
}

const recordVersion = 1

func (o Options) recordFile() string { return filepath.Join(o.Dir, "trust.json") }

// fill puts in this system's values and refuses systems we do not know.
func (o Options) fill() (Options, error) {
	if o.Dir == "" {
		return o, errors.New("trust: no directory given")
	}
	if o.Hosts == "" || o.Stores == nil {
		if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
			return o, errors.New("trust: " + byHand(o.Dir))
		}
	}
	if o.Hosts == "" {
		o.Hosts = "/etc/hosts"
	}
	if o.Stores == nil {
		o.Stores = Stores(runtime.GOOS)
	}
	if o.Address == "" {
		o.Address = "127.0.0.1"
	}
	if _, err := netip.ParseAddr(o.Address); err != nil {
		return o, fmt.Errorf("trust: the names cannot lead to %q: %w", o.Address, err)
	}
	return o, nil
}

// byHand tells what to do where we cannot do it.
func byHand(dir string) string {
	pem := filepath.Join(dir, "ca", "ca.pem")
	hosts := "/etc/hosts"
	install := "add " + pem + " to the trusted certificate authorities"
	if runtime.GOOS == "windows" {
		hosts = `C:\Windows\System32\drivers\etc\hosts`
		install = `run "certutil -addstore -f Root ` + pem + `" as administrator`
	}
	return fmt.Sprintf("%s is not set up automatically; by hand: add the line \"127.0.0.1 %s\" to %s, and %s",
		runtime.GOOS, strings.Join(Names(), " "), hosts, install)
}

func (o Options) present() []Store {
	return slices.DeleteFunc(slices.Clone(o.Stores), func(s Store) bool { return !s.present() })
}

// Plan returns what On would change now, in order, and changes nothing. It is
// empty if everything is in place. The authority itself may yet have to be
// made; Plan does not make it.
func Plan(o Options) ([]Change, error) {
	o, err := o.fill()
	if err != nil {
		return nil, err
	}
	old, err := os.ReadFile(o.Hosts)
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	var plan []Change
	if string(addBlock(old, o.Address)) != string(old) {
		plan = append(plan, Change{
			What: fmt.Sprintf("lead %d names to %s", len(Names()), o.Address),
			File: o.Hosts,
		})
	}
	ca := existingCA(o.Dir)
	for _, s := range o.present() {
		if o.trusts(s, ca) {
			continue
		}
		certificate := s.File
		if certificate == "" {
			certificate = filepath.Join(o.Dir, "ca", "ca.pem")
		}
		plan = append(plan, Change{
			What: "trust the local CA (" + s.Name + ")",
			File: s.File,
			Run:  commandLine(s.Add, certificate),
		})
	}
	return plan, nil
}

// existingCA returns the authority if there already is one, else nil.
func existingCA(dir string) *CA {
	if _, err := os.Stat(filepath.Join(dir, "ca")); err != nil {
		return nil
	}
	ca, err := OpenCA(dir)
	if err != nil {
		return nil
	}
	return ca
}

// trusts reports whether the store holds the authority. A store without a file
// of its own cannot be looked into; there the record counts.
func (o Options) trusts(s Store, ca *CA) bool {
	if s.File != "" {
		return s.look(ca) == exactlyOurs
	}
	rec, err := o.readRecord()
	return err == nil && slices.ContainsFunc(rec.Stores, func(r recordedStore) bool { return r.Name == s.Name && r.Added })
}

// On leads Names to Options.Address for the whole machine and has the machine
// trust the authority, which it makes if need be. It may be repeated; a second
// call changes only what is not in place. It usually takes root.
//
// If it fails half way, what it did so far stays, and Off undoes it.
func On(ctx context.Context, o Options) error {
	o, err := o.fill()
	if err != nil {
		return err
	}
	ca, err := OpenCA(o.Dir)
	if err != nil {
		return err
	}
	stores := o.present()
	rec, err := o.intend(stores, ca)
	if err != nil {
		return fmt.Errorf("trust: record what is to change: %w", err)
	}
	if err := editHosts(o.Hosts, func(old []byte) []byte { return addBlock(old, o.Address) }); err != nil {
		return fmt.Errorf("trust: add to the hosts file: %w", needRoot(err))
	}
	for _, s := range stores {
		if err := s.add(ctx, ca); err != nil {
			return fmt.Errorf("trust: add to the certificate store (%s): %w", s.Name, needRoot(err))
		}
		rec.store(s.Name).Added = true
		if err := o.writeRecord(rec); err != nil {
			return fmt.Errorf("trust: record what was changed: %w", err)
		}
	}
	if len(stores) == 0 {
		return fmt.Errorf("trust: the names lead to %s, but no certificate store was found; add %s to it by hand",
			o.Address, ca.File())
	}
	return nil
}

// Off undoes what On did: the block in the hosts file and the certificate in
// the stores, also after an On that failed, and when the record is lost. It
// may be repeated. The authority itself stays in DIR/ca.
//
// It goes on after a failure and returns all of them; the record is then kept.
func Off(ctx context.Context, o Options) error {
	o, err := o.fill()
	if err != nil {
		return err
	}
	rec, err := o.readRecord()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("trust: %w; remove the file to go by the marks alone", err)
	}
	var failed []error
	for _, path := range unique(rec.Hosts, o.Hosts) {
		if err := editHosts(path, dropBlock); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, fmt.Errorf("trust: remove from the hosts file: %w", needRoot(err)))
		}
	}
	for _, s := range o.Stores {
		if err := o.removeFrom(ctx, s, rec.store(s.Name)); err != nil {
			failed = append(failed, fmt.Errorf("trust: remove from the certificate store (%s): %w", s.Name, needRoot(err)))
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	if err := os.Remove(o.recordFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("trust: %w", err)
	}
	return nil
}

// removeFrom takes the authority out of a store if it was recorded or is found
// there.
func (o Options) removeFrom(ctx context.Context, s Store, rec *recordedStore) error {
	if rec == nil {
		if s.look(nil) != otherOurs {
			return nil
		}
		return s.remove(ctx, s.File)
	}
	err := s.remove(ctx, rec.Certificate)
	if s.File == "" && !rec.Added {
		return nil // it may never have got there, and then cannot be removed
	}
	return err
}

// Inspect reports what is in place on the machine, and changes nothing.
func Inspect(o Options) (State, error) {
	o, err := o.fill()
	if err != nil {
		return State{}, err
	}
	hosts, err := os.ReadFile(o.Hosts)
	if err != nil {
		return State{}, fmt.Errorf("trust: %w", err)
	}
	var state State
	if hasBlock(hosts) {
		state.Hosts = string(addBlock(hosts, o.Address)) == string(hosts)
		state.HostsOther = !state.Hosts
	}
	for _, m := range foreign(hosts) {
		state.Notes = append(state.Notes, fmt.Sprintf("%s:%d also leads %s to %s", o.Hosts, m.line, m.name, m.address))
	}
	_, err = os.Stat(o.recordFile())
	state.Recorded = err == nil
	ca := existingCA(o.Dir)
	for _, s := range o.present() {
		switch {
		case o.trusts(s, ca):
			state.Trusted = append(state.Trusted, s.Name)
		case s.look(ca) == otherOurs:
			state.Notes = append(state.Notes, s.File+" holds the authority of another Gatepost directory")
		}
	}
	return state, nil
}

// editHosts changes a hosts file, and does not touch it if edit changes
// nothing.
func editHosts(path string, edit func([]byte) []byte) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed := edit(old)
	if string(changed) == string(old) {
		return nil
	}
	return replaceFile(path, changed)
}

// intend records what is about to be changed, on top of what was recorded
// before.
func (o Options) intend(stores []Store, ca *CA) (record, error) {
	rec, err := o.readRecord()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return record{}, err
	}
	if rec.Hosts != "" && rec.Hosts != o.Hosts {
		return record{}, fmt.Errorf("%s tells of changes to %s; turn them off first", o.recordFile(), rec.Hosts)
	}
	rec.Version, rec.Hosts = recordVersion, o.Hosts
	for _, s := range stores {
		if rec.store(s.Name) == nil {
			rec.Stores = append(rec.Stores, recordedStore{Name: s.Name, Certificate: s.certificate(ca)})
		}
	}
	return rec, o.writeRecord(rec)
}

// store returns the entry of a store, nil if there is none.
func (r *record) store(name string) *recordedStore {
	for i := range r.Stores {
		if r.Stores[i].Name == name {
			return &r.Stores[i]
		}
	}
	return nil
}

func (o Options) writeRecord(rec record) error {
	text, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(o.recordFile(), append(text, '\n'), 0o644)
}

func (o Options) readRecord() (record, error) {
	text, err := os.ReadFile(o.recordFile())
	if err != nil {
		return record{}, err
	}
	var rec record
	if err := json.Unmarshal(text, &rec); err != nil {
		return record{}, fmt.Errorf("%s: %w", o.recordFile(), err)
	}
	if rec.Version != recordVersion {
		return record{}, fmt.Errorf("%s has version %d, this program knows %d", o.recordFile(), rec.Version, recordVersion)
	}
	return rec, nil
}

func needRoot(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w; run it as root", err)
	}
	return err
}

func unique(words ...string) []string {
	var kept []string
	for _, w := range words {
		if w != "" && !slices.Contains(kept, w) {
			kept = append(kept, w)
		}
	}
	return kept
}
