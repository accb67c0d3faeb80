package dbpush

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/op"
)

// Each event becomes the rows that are documented; of those without a row there is
// a list, so that one that is declared anew is decided on.
func TestEveryEventIsDecidedOn(t *testing.T) {
	t.Parallel()
	rowless := []event.Name{event.AppReleased, event.AppSwitched, event.AppRangeChanged, event.ContactAdded, event.ContactModified, event.ContactRemoved}
	rowless = append(rowless, event.SuiteTicket, event.SuiteCode, event.SuiteChanged, event.SuiteRelieved, event.MicroAppStopped, event.MicroAppRestored,
		event.OrgSuiteAuth, event.OrgSuiteChanged, event.OrgSuiteRelieved)
	for _, e := range event.All() {
		has := slices.ContainsFunc(sources(), func(s source) bool { return s.event == e.Name })
		if has == slices.Contains(rowless, e.Name) {
			t.Errorf("%s has a row: %t; say in sources or in this test what follows from it", e.Name, has)
		}
	}
	for _, s := range sources() {
		e, ok := event.Find(s.event)
		if !ok {
			t.Fatalf("%s is not declared", s.event)
		}
		if s.ids != "" && !slices.ContainsFunc(e.Payload.Fields, func(f op.Field) bool { return f.Name == s.ids }) {
			t.Errorf("%s has no field %s", s.event, s.ids)
		}
	}
}

func TestChangesOfEvents(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event   event.Name
		payload string
		want    string
	}{
		{event.UserAdded, `{"timeStamp":"1","userId":["lina","wang"]}`, "13 lina user_add_org, 13 wang user_add_org"},
		{event.UserModified, `{"userId":["lina"],"diffInfo":{}}`, "13 lina user_modify_org"},
		{event.UserActivated, `{"userId":["lina"]}`, "13 lina user_active_org"},
		{event.UserLeft, `{"userId":["lina"]}`, "13 lina user_leave_org"},
		{event.AdminAdded, `{"userId":["lina"]}`, "13 lina user_role_change"},
		{event.AdminRemoved, `{"userId":["lina"]}`, "13 lina user_role_change"},
		{event.RoleAssigned, `{"userIdList":["lina"],"labelIdList":[7],"action":"add"}`, "13 lina user_role_change"},
		{event.DeptCreated, `{"deptId":[10,11]}`, "14 10 org_dept_create, 14 11 org_dept_create"},
		{event.DeptModified, `{"deptId":[9007199254740993]}`, "14 9007199254740993 org_dept_modify"},
		{event.DeptRemoved, `{"deptId":[10]}`, "14 10 org_dept_remove"},
		{event.RolesAdded, `{"labelIdList":[7],"scope":"1"}`, "15 7 org_role_add"},
		{event.RolesModified, `{"labelIdList":[7]}`, "15 7 org_role_modify"},
		{event.RolesRemoved, `{"labelIdList":[7]}`, "15 7 org_role_remove"},
		{event.CorpChanged, `{}`, "16 ding1 org_update"},
		{event.CorpRemoved, `{}`, "16 ding1 org_remove"},
		{event.AppReleased, `{"name":"crm"}`, ""},
	} {
		d := event.Delivery{Happened: event.Happened{Corp: "ding1", ID: 5, Name: c.event, Payload: c.payload}}
		changes, err := changesOf(&d)
		if err != nil {
			t.Errorf("%s: %v", c.event, err)
			continue
		}
		var got []string
		for _, ch := range changes {
			if ch.kind.table != medium || ch.event != 5 {
				t.Errorf("%s: %+v", c.event, ch)
			}
			got = append(got, fmt.Sprintf("%d %s %s", ch.kind.bizType, ch.id, ch.action))
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%s becomes %q, not %q", c.event, text, c.want)
		}
	}
	if _, err := changesOf(&event.Delivery{Happened: event.Happened{Name: event.UserAdded, Payload: `{"userId":"lina"}`}}); err == nil {
		t.Error("a payload without a list was taken")
	}
}

// A row says what is so, whatever the event told.
func TestRowsSayWhatIsSo(t *testing.T) {
	t.Parallel()
	there, gone := State{There: true, Errmsg: "ok", Content: `{"userid":"li\"na","name":"李"}`}, State{}
	for _, c := range []struct {
		action string
		event  event.Event
		state  State
		want   string
	}{
		{action: "user_add_org", state: there, want: `{"errcode":0,"errmsg":"ok","syncAction":"user_add_org","eventId":"7","userid":"li\"na","name":"李"}`},
		{action: "user_leave_org", state: there, want: `{"errcode":0,"errmsg":"ok","syncAction":"user_modify_org","eventId":"7","userid":"li\"na","name":"李"}`},
		{action: "user_leave_org", state: gone, want: `{"syncAction":"user_leave_org","eventId":"7","userid":"li\"na"}`},
		{action: "user_modify_org", state: gone, want: `{"syncAction":"user_leave_org","eventId":"7","userid":"li\"na"}`},
		{action: "user_modify_org", state: State{There: true, Errcode: 50002, Errmsg: "no", Content: "{}"}, want: `{"errcode":50002,"errmsg":"no","syncAction":"user_modify_org","eventId":"7"}`},
	} {
		r, err := rowOf(&change{kindOf(Person), `li"na`, c.action, 7}, c.state)
		if err != nil || r.data != c.want || r.bizType != 13 || r.table != medium || r.id != `li"na` || r.cursor != 7 || !json.Valid([]byte(r.data)) {
			t.Errorf("%s: %+v, %v\nwant %s", c.action, r, err, c.want)
		}
	}
	if r, _ := rowOf(&change{kindOf(Department), "10", "org_dept_create", 0}, there); strings.Contains(r.data, "eventId") || r.cursor != 0 {
		t.Errorf("a copied row names an event: %s", r.data)
	}
}

// What databases say is understood, and every trouble says what to repair in both
// languages.
func TestErrorsAreExplained(t *testing.T) {
	t.Parallel()
	my := func(n uint16) error { return fmt.Errorf("x: %w", &mysql.MySQLError{Number: n, Message: "m"}) }
	pg := func(code string) error { return fmt.Errorf("x: %w", &pgconn.PgError{Code: code, Message: "m"}) }
	for _, c := range []struct {
		engine Engine
		err    error
		want   trouble
	}{
		{MySQL, my(1045), troubleLogin}, {MySQL, my(1142), troublePrivilege}, {MySQL, my(1049), troubleDatabase}, {MySQL, my(1146), troubleTable},
		{MySQL, my(1054), troubleColumn}, {MySQL, my(1406), troubleTooLarge}, {MySQL, my(1062), troubleKey}, {MySQL, my(1366), troubleValue},
		{MySQL, my(1205), troubleHeld}, {MySQL, my(1213), troubleDeadlock}, {MySQL, my(1040), troubleBusy}, {MySQL, my(1114), troubleFull},
		{MySQL, my(1290), troubleReadOnly}, {MySQL, my(9999), troubleOther}, {MySQL, mysql.ErrPktTooLarge, troubleTooLarge}, {MySQL, mysql.ErrNoTLS, troubleTLS},
		{Postgres, pg("28P01"), troubleLogin}, {Postgres, pg("42501"), troublePrivilege}, {Postgres, pg("3D000"), troubleDatabase}, {Postgres, pg("42P01"), troubleTable},
		{Postgres, pg("42703"), troubleColumn}, {Postgres, pg("22001"), troubleTooLarge}, {Postgres, pg("23505"), troubleKey}, {Postgres, pg("23502"), troubleValue},
		{Postgres, pg("55P03"), troubleHeld}, {Postgres, pg("40P01"), troubleDeadlock}, {Postgres, pg("53300"), troubleBusy}, {Postgres, pg("53100"), troubleFull},
		{Postgres, pg("25006"), troubleReadOnly}, {Postgres, pg("57P01"), troubleNone}, {Postgres, pg("XX000"), troubleOther},
		{Postgres, io.ErrUnexpectedEOF, troubleNone}, {MySQL, errLocked, troubleHeld}, {MySQL, &ForbiddenError{}, troubleAddress},
	} {
		if got := explained(dialectOf(c.engine), c.err); got != c.want {
			t.Errorf("%s: %v is %d, not %d", c.engine, c.err, got, c.want)
		}
	}
	seen := map[string]bool{}
	for i, a := range troubleNames {
		if a.name == "" || seen[a.name] || a.what.ZH == "" || a.what.EN == "" || a.repair.ZH == "" || a.repair.EN == "" {
			t.Errorf("trouble %d is told as %+v", i, a)
		}
		seen[a.name] = true
	}
	if !troubleTooLarge.ofRow() || troubleOther.ofRow() {
		t.Error("what is one row's matter is not told apart from what is the database's")
	}
	if text := troubleTable.text(errors.New(strings.Repeat("很", 500))); len(text) > 900 || !strings.Contains(text, "gatepost events database check") {
		t.Errorf("a try is told as %s", text)
	}
}

func FuzzListed(f *testing.F) {
	f.Add(`{"userId":["a","b"]}`, "userId")
	f.Add(`{"deptId":[1,2.5,null]}`, "deptId")
	f.Fuzz(func(t *testing.T, payload, field string) {
		list, err := listed(payload, field)
		if err == nil && !json.Valid([]byte(payload)) {
			t.Errorf("%q is no JSON, and lists %q", payload, list)
		}
	})
}
