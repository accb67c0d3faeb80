package event_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/event"
)

// What is declared goes with what is known.
func TestFacts(t *testing.T) {
	t.Parallel()
	known := event.Facts()
	count := map[event.FactState]int{}
	byName := map[event.Name]event.Fact{}
	var families []string
	for _, f := range known {
		if _, doubled := byName[f.Name]; doubled {
			t.Errorf("%s is known twice", f.Name)
		}
		byName[f.Name] = f
		count[f.State]++
		if len(families) == 0 || families[len(families)-1] != f.Family {
			families = append(families, f.Family)
		}
		if f.HighTable && f.RowType == 0 {
			t.Errorf("%s has a table and no type of rows", f.Name)
		}
	}
	var listed []string
	for _, f := range event.Families() {
		if slices.Contains(families, f.Name) {
			listed = append(listed, f.Name)
		}
	}
	if !slices.Equal(families, listed) {
		t.Errorf("the table has the families %v, in this order: %v", listed, families)
	}
	if rows := len(known) - countOf(known, "other"); rows != 220 { // on 223 pages: three names have one for each kind of apps
		t.Errorf("%d events are known", rows)
	}
	for _, e := range event.All() {
		f, ok := byName[e.Name]
		if !ok || f.TitleEN != e.TitleEN || (f.State == event.Emitted) != (e.Silent == "") {
			t.Errorf("%s is declared, and known as %+v", e.Name, f)
		}
		if f.Family == "other" {
			continue
		}
		// What the catalogue knows of an event stands in its declaration.
		if f.Internal {
			for _, field := range e.Payload.Fields {
				if !strings.Contains(f.Fields, field.Name+":") {
					t.Errorf("%s has the field %s, and is known with %s", e.Name, field.Name, f.Fields)
				}
			}
		}
	}
	if f := byName["user_leave_org"]; !f.Internal || !f.Suites || f.RowType != 13 || f.Fields != "timeStamp:s, userId:[s]" || f.HighTable {
		t.Errorf("user_leave_org is known as %+v", f)
	}
	if f := byName["suite_ticket"]; f.Internal || !f.HighTable || f.RowType != 2 {
		t.Errorf("suite_ticket is known as %+v", f)
	}
}

func countOf(known []event.Fact, family string) (n int) {
	for _, f := range known {
		if f.Family == family {
			n++
		}
	}
	return n
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		names            []event.Name
		silent           []event.Name
		unknown, nearest event.Name
	}{
		{names: []event.Name{event.Every, event.UserAdded}},
		{names: []event.Name{event.UserAdded, "bpms_task_change", event.CorpRemoved}, silent: []event.Name{"bpms_task_change", event.CorpRemoved}},
		{names: []event.Name{"bpms_task_change", "user_ad_org"}, unknown: "user_ad_org", nearest: event.UserAdded},
	} {
		silent, unknown, nearest := event.Check(tc.names)
		if !slices.Equal(silent, tc.silent) || unknown != tc.unknown || nearest != tc.nearest {
			t.Errorf("%v: %v, %q, %q", tc.names, silent, unknown, nearest)
		}
	}
}
