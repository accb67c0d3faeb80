package app

import (
	"slices"

	"github.com/gatepost/gatepost/internal/store"
)

// Scheme is a way in which an application may prove with a call who it is.
type Scheme string

// The schemes. Each app declares which of them it uses; a call that proves
// itself in another way is refused, however right the proof is.
const (
	Token         Scheme = "token"           // an access token alone
	GPHMACSHA256  Scheme = "gp-hmac-sha256"  // ours: all of the request
	TOPHMACSHA256 Scheme = "top-hmac-sha256" // TOP: parameters
	TOPHMACMD5    Scheme = "top-hmac-md5"
	TOPMD5        Scheme = "top-md5"
	ISV           Scheme = "isv"      // a timestamp with a suite's ticket
	SNS           Scheme = "sns"      // a timestamp
	GovHMAC       Scheme = "gov-hmac" // X-Hmac-Auth-*: method, path and parameters
	GovMD5        Scheme = "gov-md5"
)

// Schemes returns every scheme, in the order in which they are told.
func Schemes() []Scheme {
	return []Scheme{Token, GPHMACSHA256, TOPHMACSHA256, TOPHMACMD5, TOPMD5, ISV, SNS, GovHMAC, GovMD5}
}

// newSchemes are what a new app declares. MD5 is nobody's default.
func newSchemes() []Scheme { return []Scheme{Token, GPHMACSHA256} }

// Declares reports whether the app proves itself by s.
func (app *App) Declares(s Scheme) bool { return slices.Contains(app.Signatures, s) }

// RequiresSignature reports whether an access token alone is not enough.
func (app *App) RequiresSignature() bool { return !app.Declares(Token) }

// checkSchemes refuses a list that is empty or has what is no scheme.
func checkSchemes(list []Scheme) error {
	all := Schemes()
	if len(list) == 0 {
		return invalid("signatures").Want("%v", all)
	}
	for _, s := range list {
		if !slices.Contains(all, s) {
			return invalid("signatures").Want("%v", all).Got("%q", s)
		}
	}
	return nil
}

// ordered is list in the order of Schemes, each once.
func ordered(list []Scheme) []Scheme {
	return slices.DeleteFunc(Schemes(), func(s Scheme) bool { return !slices.Contains(list, s) })
}

func scanSandbox(r store.Row) (is bool, err error) { return is, r.Scan(&is) }

// corpSandbox tells whether a corp is for trying things.
const corpSandbox store.SQL = `SELECT sandbox OR demo FROM corps WHERE corp = $1`
