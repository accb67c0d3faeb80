package directory_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// sealed are the fields of grade R2 that answers of the directory have, and what
// of the database they are made of. Whoever gives a further field the grade has
// to seal what it shows, and to say so here.
var sealed = map[string]string{
	"mobile": "people and ext_contacts: mobile", "state_code": "people and ext_contacts: state_code", "stateCode": "people: state_code",
	"email": "people and ext_contacts: email", "orgEmail": "people: org_email", "org_email": "people: org_email",
	"workPlace": "people: work_place", "work_place": "people: work_place, and places of work in departments",
	"remark": "people and ext_contacts: remark", "extension": "people: extension", "extattr": "people: extension",
	"extension_i18n": "people: extension_i18n", "login_id": "people: login_id", "loginEmail": "people: login_email",
	"name": "ext_contacts: name", "address": "ext_contacts: address",

	"inviteMobile": "nothing: always absent", "mobileHash": "nothing: always absent",
	"exclusive_account_userid_list": "ids of people, who are not found by what is sealed",
}

// feature: GW-021
func TestSealedFields(t *testing.T) {
	t.Parallel()
	d := directory.New(nil, nil, nil)
	found := map[string]bool{}
	for _, o := range append(d.Operations(), d.Console()...) {
		sensitive(o.Response, found)
	}
	for name := range found {
		if sealed[name] == "" {
			t.Errorf("%s is of grade R2: is what it shows sealed?", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sealed)) {
		if !found[name] {
			t.Errorf("no answer has %s", name)
		}
	}
}

// sensitive collects the names of fields of grade R2.
func sensitive(sh *op.Shape, found map[string]bool) {
	for _, f := range sh.Fields {
		if f.Grade == scope.R2 {
			found[f.Name] = true
		}
		sensitive(f.Shape, found)
	}
	if sh.Elem != nil {
		sensitive(sh.Elem, found)
	}
}
