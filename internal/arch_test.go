// Package internal_test keeps the shape of the tree: which package may know which, and why.
package internal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gatepost/gatepost"

// A row is one package: what it is about, which packages of ours it may import, and why it may import just those.
type row struct {
	about  string
	may    []string
	reason string
}

// words are the vocabulary every subject speaks. They import nothing of ours but words, so importing them can never
// make a cycle.
var words = []string{"internal/id", "internal/apierror", "internal/scope", "internal/op"}

// everything marks the packages that know all others: the whole, and what tests make of it.
var everything = []string{"*"}

// packages is the tree. docs/architecture.md tells the same as prose; a change here is a change there.
var packages = map[string]row{
	// Words.
	"internal/id":       {"typed names and how new ones are made", nil, "a name has no behaviour to borrow"},
	"internal/apierror": {"the table of refusals", nil, "a refusal is a value; whoever refuses brings the facts"},
	"internal/scope":    {"the table of permission points", nil, "a permission point is a value"},
	"internal/op":       {"operations, decoding, masking, the catalogue", []string{"internal/id", "internal/apierror", "internal/scope"}, "an operation is described in the other three words, and knows no transport and no subject"},

	// Ground: no subject matter.
	"internal/known":      {"what the public catalogues know", []string{"internal/op", "internal/scope"}, "what is not offered is found by the same route tree, and ranked by the same grades, as what is"},
	"internal/config":     {"what must be known before the database opens", nil, "read before anything else exists"},
	"internal/clock":      {"real time and each corp's offset", []string{"internal/id", "internal/store"}, "an offset belongs to a corp and outlives a restart"},
	"internal/store":      {"the database", []string{"internal/id"}, "knows SQL, whose rows are written, and nothing else that is kept in it"},
	"internal/kv":         {"short-lived shared state", nil, "knows keys and nothing that is kept under them"},
	"internal/keyring":    {"the keys under which the database is sealed", []string{"internal/id", "internal/store", "internal/encryption"}, "data keys belong to corps and stand, wrapped, in the database"},
	"internal/signature":  {"what is signed by TOP, government, SNS, ISV and JSAPI clients and by ours", nil, "arithmetic on strings"},
	"internal/http1":      {"HTTP/1.1 messages, read strictly", nil, "arithmetic on bytes; both ends of a call must understand the same"},
	"internal/encryption": {"sealing of secrets at rest", nil, "arithmetic on bytes"},
	"internal/jsonmask":   {"masking JSON as it passes", []string{"internal/op"}, "a text is blurred as everywhere else; whose body it is and where it goes is no matter of its"},

	"internal/openapi": {"descriptions of other systems' APIs", words, "what can be published of a description is said in the words of operations"},

	// Subjects: they know words and ground, and of each other only the edges here. A subject that needs one fact of
	// another asks for a one-method interface of its own instead of an edge.
	"internal/event":      {"declared events, what happened, and who is still to be told", []string{"internal/id", "internal/scope", "internal/op", "internal/store", "internal/clock", "internal/keyring"}, "an event is declared like an operation, is kept with the change that caused it, and is never refused"},
	"internal/delivery":   {"brings events to those who subscribed", []string{"internal/id", "internal/event", "internal/store"}, "knows when to try and what follows; how an event is carried is a way's matter"},
	"internal/eventlog":   {"what people and applications do with the log of events", with("internal/store", "internal/event"), "events are kept without ever refusing; who looks at them, has them told again or fetches them may be refused"},
	"internal/directory":  {"corps, departments, people, roles", with("internal/store", "internal/clock", "internal/keyring", "internal/event"), "keeps records and announces changes; who asks and with which app is no matter of its"},
	"internal/app":        {"applications, secrets, grants, visible range", with("internal/store", "internal/clock", "internal/keyring", "internal/directory", "internal/event"), "a visible range is made of departments and people, and what changes of an app is announced"},
	"internal/identity":   {"tokens, codes, consent, sessions", with("internal/store", "internal/clock", "internal/kv", "internal/signature", "internal/encryption", "internal/keyring", "internal/directory", "internal/app"), "a token is for a person or an app, so it knows both and neither knows it"},
	"internal/suite":      {"applications of vendors, which other corps open", with("internal/store", "internal/clock", "internal/encryption", "internal/event", "internal/directory", "internal/app"), "a suite is an app and what was opened of it is another; its vendor is told of the corp, in the transaction that changed it"},
	"internal/ratelimit":  {"flow control", with("internal/store", "internal/clock", "internal/kv"), "rules are kept and days begin by the corp's clock; whose calls they are is in the caller"},
	"internal/audit":      {"the request log and the explanation of a refusal", with("internal/store", "internal/clock", "internal/app"), "an explanation may end in a grant, which is the app's to make"},
	"internal/mask":       {"what a corp hides beyond the declarations", with("internal/store", "internal/clock", "internal/app", "internal/directory"), "a rule may be for one app, and a protected person is somebody in the directory"},
	"internal/delegation": {"what programs may do for people", with("internal/store", "internal/clock", "internal/encryption", "internal/app"), "a program acts through an app, and what it asks to be confirmed is kept sealed"},

	"internal/secid":    {"ids of people and corps that an application alone knows", with("internal/store", "internal/clock", "internal/encryption", "internal/app"), "an id is made under a key of its application, and what an answer is turned into depends on the application's switch"},
	"internal/upstream": {"carries calls to other systems", with("internal/http1"), "who may call and what is hidden is decided before; where to, who asks and how is in its arguments"},

	"internal/publish": {"APIs of other systems behind the platform", with("internal/store", "internal/clock", "internal/openapi", "internal/upstream", "internal/jsonmask"), "what is published is kept, read, masked and carried; whose apps may call it they decide themselves"},
	"internal/trail":   {"who saw which graded fields of whom", with("internal/store"), "what was shown is told by the gateway; who it was stands in the record"},

	"internal/callback": {"events by HTTP", with("internal/event", "internal/delivery", "internal/upstream"), "one way among several: it is handed what to send and says what became of it; which addresses may be called is the same rule as for other systems"},

	"internal/stream": {"events and callbacks over connections that applications opened", with("internal/kv", "internal/event", "internal/delivery"), "a way like callback, whose door is its own because a connection is both; whose app it is the platform tells"},

	"internal/fault": {"breaks deliveries on purpose, in sandbox corps", with("internal/store", "internal/event", "internal/delivery"), "stands around ways, and knows of them what whoever delivers knows"},

	"internal/tunnel": {"callbacks over a connection that a developer's machine opened", with("internal/store", "internal/event", "internal/delivery", "internal/callback"), "makes no requests of its own: it carries those of callbacks"},

	"internal/dbpush": {"events into databases of applications", with("internal/store", "internal/event", "internal/delivery"), "as callback; how far a copy is it keeps itself, and what a row may tell it asks"},

	// Doors: they know no subject, or a subject could come to depend on how it was called.
	"internal/gateway":  {"the life of one call", with("internal/known"), "asks the subjects through interfaces of its own; only platform knows who answers"},
	"internal/nethttp":  {"net/http to op.Request and back", []string{"internal/op", "internal/gateway"}, "the transport, chosen by measurement and replaceable"},
	"internal/channel":  {"the client data channel: calls in frames under keys of the session", []string{"internal/op", "internal/apierror"}, "a second way to the gateway's one path; what a call may do is not its matter"},
	"internal/listener": {"the platform's address: calls over HTTP/1.1 by itself, the rest by net/http", []string{"internal/op", "internal/http1", "internal/nethttp"}, "knows what a call looks like on the wire and nothing of what it asks"},
	"internal/consent":  {"the page where people let applications in", []string{"internal/op"}, "shows what operations answer; who may let what in is no matter of its"},
	"internal/site":     {"console assets, docs pages, health", []string{"internal/op", "web"}, "serves files and readings of the catalogue"},
	"internal/describe": {"OpenAPI, v1 pages and coverage", with("internal/known", "internal/event"), "documentation is a reading of the tables"},
	"internal/mcp":      {"operations as tools for assistants", with("internal/describe"), "a tool is a reading of the catalogue, and a call of it is a call through the gateway"},
	"internal/trust":    {"local CA, host entries, a command under our names", nil, "works on the machine, not on the platform"},

	// The whole.
	"internal/platform":     {"builds every package in order, opens and closes them", everything, "the one place where all meet"},
	"internal/platformtest": {"a whole platform in a test", everything, "a test sets up with the packages what it then asks for over the wire"},
	"internal/cli":          {"commands", []string{"internal/platform", "internal/trust", "internal/config", "internal/store"}, "speaks to a running platform over the wire; needs the rest to start, move or trust one"},
	"cmd/gatepost":          {"hands arguments and signals to cli", []string{"internal/cli", "internal/trust"}, "main decides nothing; trust has to see the process before anything else does"},
	"web":                   {"the console's built files", nil, "files"},

	// Measuring.
	"test/bench":             {"a handler without a platform, to measure against", []string{"internal/listener", "internal/nethttp", "internal/op", "internal/upstream"}, "what it shows is the cost of the transport alone"},
	"test/bench/connections": {"connections that are kept open", nil, "a client like any other"},
	"test/bench/streams":     {"connections for events that are kept open", nil, "a client like any other"},
}

// vague are names under which anything could be put. A word that fits nowhere shows that a subject is missing.
var vague = []string{"utils", "util", "common", "helpers", "models", "services", "handlers", "types", "misc", "shared"}

// transportFree must not know net/http: the gateway and the subjects see op.Request, so that the transport stays
// replaceable and no subject can tell by which door a caller came.
var transportFree = []string{
	"internal/op", "internal/gateway", "internal/directory", "internal/app", "internal/identity",
	"internal/audit", "internal/ratelimit", "internal/store", "internal/event", "internal/delivery", "internal/eventlog", "internal/fault", "internal/dbpush", "internal/mask", "internal/jsonmask", "internal/delegation", "internal/secid",
	"internal/openapi", "internal/publish", "internal/trail", "internal/suite",
}

// with returns the words and the packages named.
func with(more ...string) []string { return append(slices.Clone(words), more...) }

// TestImports compares what every package imports with what the table allows. Tests are left out: they may set up
// whatever they need, and a cycle they would cause does not compile.
func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		r, ok := packages[p.name]
		if subject, isTest := ownTests(p.name); isTest {
			r, ok = row{"what the tests of " + subject + " share", append(slices.Clone(packages[subject].may), subject), "it serves " + subject + " alone"}, true
		}
		if !ok {
			t.Errorf("%s is not in the table: add it to the table in internal/arch_test.go and to docs/architecture.md, with what it may import and why", p.name)
			continue
		}
		for _, imported := range p.imports {
			if allowed(p.name, r, imported) {
				continue
			}
			t.Errorf("%s (%s) imports %s, which it may not: %s.\n\tIt may import: %s.\n"+
				"\tNeeds it one fact from there? Declare a one-method interface in %s, and let platform pass the value in.",
				p.name, r.about, imported, r.reason, orNothing(r.may), p.name)
		}
	}
}

// TestTableNamesWhatExists finds rows of packages that are gone, which would otherwise allow edges to nothing.
func TestTableNamesWhatExists(t *testing.T) {
	t.Parallel()
	there := list(t)
	for name := range packages {
		if !slices.ContainsFunc(there, func(p pkg) bool { return p.name == name }) {
			t.Errorf("the table has a row for %s, and there is no such package", name)
		}
	}
}

func TestNoVagueNames(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		for _, part := range strings.Split(p.name, "/") {
			if slices.Contains(vague, part) {
				t.Errorf("%s: %q is no subject; name the package after what it is about", p.name, part)
			}
		}
	}
}

func TestOneLevel(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		if _, isTest := ownTests(p.name); isTest {
			continue
		}
		if strings.HasPrefix(p.name, "internal/") && strings.Count(p.name, "/") > 1 {
			t.Errorf("%s lies below another package; the tree under internal is flat", p.name)
		}
	}
}

func TestTransportStaysOutside(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		if !slices.Contains(transportFree, p.name) {
			continue
		}
		for _, imported := range p.all {
			if imported == "net/http" || strings.HasPrefix(imported, "net/http/") {
				t.Errorf("%s imports %s; only nethttp, site and platform know the transport. Use the views in op", p.name, imported)
			}
		}
	}
}

func allowed(name string, r row, imported string) bool {
	if slices.Contains(r.may, imported) {
		return true
	}
	// The whole knows all but its own users.
	return slices.Equal(r.may, everything) && name != "internal/cli" &&
		imported != "internal/cli" && imported != "internal/platformtest" && imported != "cmd/gatepost"
}

// ownTests tells whether a package is the test half of another, as internal/store/storetest is of internal/store, and of
// which. Such a package is the one thing that may lie below another.
func ownTests(name string) (subject string, ok bool) {
	subject = path.Dir(name)
	return subject, path.Base(name) == path.Base(subject)+"test"
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "nothing of ours"
	}
	return strings.Join(names, ", ")
}

// A pkg is one package of the module, by its path in the tree.
type pkg struct {
	name    string
	imports []string // of ours, by path in the tree
	all     []string // as written
}

// list asks go for every package of the module with what its non-test files import.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,GoFiles,Imports", "./...")
	cmd.Dir = ".." // the root of the module: tests run in the folder of their package
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}

	var found []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			GoFiles    []string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if len(p.GoFiles) == 0 { // only tests, as this folder
			continue
		}
		entry := pkg{name: inTree(p.ImportPath), all: p.Imports}
		for _, imported := range p.Imports {
			if imported == module || strings.HasPrefix(imported, module+"/") {
				entry.imports = append(entry.imports, inTree(imported))
			}
		}
		found = append(found, entry)
	}
}

func inTree(importPath string) string {
	return path.Clean(strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/"))
}
