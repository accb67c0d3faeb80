package platform

import (
	"regexp"
	"slices"
	"testing"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/op"
)

// idNames are the names under which the public documents put ids of people,
// corps and chats.
var idNames = regexp.MustCompile(`(?i)user_?ids?$|userid_?list|useridlist|union_?id|open_?id|corp_?id|staff_?id|chat_?id|owner$|(user|outer)_?perm?iti?s$|permit_?users$`)

// noIDs are fields that are called like ids of the platform's and are none that
// an application may have for itself, with the reason.
var noIDs = map[string]string{
	"/gettoken request corpid":                              "who asks for a token has none yet, and knows the corp's id from its settings",
	"/sso/gettoken request corpid":                          "who asks for a token has none yet, and knows the corp's id from its settings",
	"POST /v1.0/oauth2/ssoAccessToken request corpid":       "who asks for a token has none yet, and knows the corp's id from its settings",
	"POST /v1.0/oauth2/{corpId}/token request corpId":       "who asks for a token has none yet, and knows the corp's id from its settings",
	"/topapi/v2/user/create request userid":                 "the userid that somebody is to get",
	"/user/create request userid":                           "the userid that somebody is to get",
	"/call_back/get_call_back_failed_result answer userid":  "turned into the application's before, with the rest of the payload",
	"/topapi/v2/user/create request outer_exclusive_corpid": "of another platform's corp",
	"/topapi/v2/user/create request outer_exclusive_userid": "of another platform's corp",
}

// Every id in a request or an answer of an operation for applications is marked
// as one, or it would be told to applications that have ids of their own.
func TestIDsAreMarked(t *testing.T) {
	t.Parallel()
	var met []string
	var walk func(name string, sh *op.Shape)
	walk = func(name string, sh *op.Shape) {
		for _, f := range sh.Fields {
			leaf := f.Shape
			for leaf.Elem != nil {
				leaf = leaf.Elem
			}
			at := name + " " + f.Name
			switch text := leaf.Kind == op.String; {
			case text && f.ID == "" && noIDs[at] != "":
				met = append(met, at)
			case text && f.ID == "" && idNames.MatchString(f.Name):
				t.Errorf("%s is not marked as an id: give it the tag `id`, or an exception with its reason", at)
			case f.ID != "" && noIDs[at] != "":
				t.Errorf("%s is marked as an id and an exception", at)
			}
			walk(name, f.Shape)
		}
		if sh.Elem != nil {
			walk(name, sh.Elem)
		}
	}
	for _, o := range operations() {
		if o.Dialect == op.DialectConsole {
			continue // administrators see the platform's ids
		}
		name := o.Path
		if o.Method != "" {
			name = o.Method + " " + o.Path
		}
		walk(name+" request", o.Request)
		walk(name+" answer", o.Response)
	}
	for _, e := range event.All() {
		walk("event "+string(e.Name), e.Payload)
	}
	for at, reason := range noIDs {
		if !slices.Contains(met, at) {
			t.Errorf("nothing is excepted by %s (%s)", at, reason)
		}
	}
}
