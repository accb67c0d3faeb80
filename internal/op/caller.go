package op

import (
	"net/netip"
	"slices"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/scope"
)

// As is the kind of identity that an operation is called with.
type As int

// The kinds of identity.
const (
	App         As = iota // an application, by its access token
	Person                // an application for a person who consented, by a user token
	AppOrPerson           // either
	Suite                 // a vendor, by signature
	Anyone                // before there is a token
	Session               // whoever is signed in to the console
	Admin                 // an administrator of the corp, in the console
	Operator              // the platform's operator, in the console
)

var asNames = [...]string{"app", "person", "app or person", "suite", "anyone", "session", "administrator", "operator"}

func (a As) String() string { return asNames[a] }

// Caller is who asks: an application in a corp, perhaps for a person, or an
// administrator in the console. It is made by the gateway's identify step and
// is read-only afterwards.
type Caller struct {
	As    As
	Corp  id.Corp
	App   id.App
	Agent id.Agent
	User  id.User
	Union id.Union

	Scopes   Scopes      // granted to the application, and for a person consented to
	Grade    scope.Grade // R1: sensitive answers are masked; R2: they are not
	Range    Range       // which part of the directory
	Strict   bool        // refuse unknown fields
	IDs      IDs         // which ids of people and corps it has to do with
	Operator bool        // console: may act on the platform and on every corp

	Call   id.Call
	IP     netip.Addr
	Lang   string // "zh" or "en"
	Base   string // how the caller reached us, e.g. "http://127.0.0.1:8700"
	Serial string // of the token or session that identified the caller

	// Delegate is the program that calls for the person; nil where the person's
	// application does so itself.
	Delegate *Delegate

	// Trace is where an operation for anyone, and no other, notes on whose behalf it was
	// called, once it knows, so that the request log can tell.
	Trace *Trace
}

// Trace is what the request log knows of a caller whom no token identified, and
// of the ids that the caller used.
type Trace struct {
	Corp  id.Corp
	App   id.App
	Agent id.Agent
	User  id.User

	// IDs are those of the request that were the application's own, the first
	// few of them.
	IDs []Renamed
}

// Delegate is a program that acts for a person by its own judgement, such as an
// assistant with a language model. Only a door sets it, never a request.
type Delegate struct {
	Name      string // as it calls itself
	Confirmed string // how the person confirmed this call; empty: not at all
	Asked     string // the request for confirmation that is open, if any
}

// Scopes is a set of permission points.
type Scopes []scope.Name

// Has reports whether n is in the set.
func (s Scopes) Has(n scope.Name) bool { return slices.Contains(s, n) }

// Range is the part of a corp's directory that an application may see: whole
// departments with everything below them, and single people.
type Range struct {
	All         bool
	Departments []id.Dept
	Users       []id.User
}

// Everything is the range of a caller to whom nothing in the corp is hidden.
var Everything = Range{All: true}
