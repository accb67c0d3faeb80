package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// Platform stands where a corp does for what holds in all of them.
const Platform id.Corp = ""

// Bounds of a switch, so that a snapshot and a refusal stay small.
const (
	maxAllowed = 100 // apps
	maxReason  = 200 // runes
)

// Position says to whom an operation is open.
type Position string

// The positions of a switch.
const (
	Open    Position = "open"    // to every app that has its permission point
	Closed  Position = "closed"  // to none
	Allowed Position = "allowed" // to the listed apps that have its permission point
)

// Switch is an operation that is not open to every app, and who wanted it so. A
// corp's switch and the platform's hold both: an app has to pass each.
type Switch struct {
	Corp     id.Corp // Platform: switched by its operator, for all corps
	Route    Route
	Position Position // Closed or Allowed
	Apps     []id.App // for whom an Allowed one is open
	Reason   string
	By       id.User
	At       time.Time
}

// Route names an operation as people write it: the path of one of the first
// generation, method and path of one of the second.
type Route struct{ Method, Path string }

func routeOf(o *op.Operation) Route { return Route{o.Method, o.Path} }

func (r Route) String() string {
	if r.Method == "" {
		return r.Path
	}
	return r.Method + " " + r.Path
}

func parseRoute(s string) Route {
	if method, path, ok := strings.Cut(s, " "); ok {
		return Route{method, path}
	}
	return Route{"", s}
}

// SetSwitch puts an operation into a position for corp, or for all corps when
// s.Corp is Platform; the time is set here. On every node it holds within half
// a second, for calls that begin then. It refuses an operation that apps do not
// call (OperationFixed) and apps that the corp does not have (AgentUnknown).
func (a *Apps) SetSwitch(ctx context.Context, s Switch) error {
	s.Reason = strings.TrimSpace(s.Reason)
	if err := a.checkSwitch(s); err != nil {
		return err
	}
	s.At = a.clk.At(s.Corp)
	_, err := store.Update(ctx, a.db, func(tx *store.Tx) (int64, error) {
		tx.Touch(clock.Topic(s.Corp))
		if s.Position == Open {
			return tx.Exec(deleteSwitch, s.Corp, s.Route.String())
		}
		if err := existing(tx, s); err != nil {
			return 0, err
		}
		return tx.Exec(upsertSwitch, s.Corp, s.Route.String(), s.Position, store.List(s.Apps), s.Reason, s.By, s.At.UnixMilli())
	})
	if err != nil {
		return fmt.Errorf("switch %s: %w", s.Route, err)
	}
	return nil
}

func (a *Apps) checkSwitch(s Switch) error {
	if !slices.ContainsFunc(a.Operations(), func(o op.Operation) bool { return switchable(&o) && routeOf(&o) == s.Route }) {
		return apierror.OperationFixed.With("operation", s.Route)
	}
	if n := utf8.RuneCountInString(s.Reason); s.Position != Open && (n == 0 || n > maxReason) {
		return invalid("reason").Want("1 to %d printable characters", maxReason).Got("%d", n)
	}
	if n := len(s.Apps); (s.Position == Allowed) != (n > 0) || n > maxAllowed {
		return invalid("apps").Want("with allowed 1 to %d AppKeys, otherwise none", maxAllowed).Got("%d", n)
	}
	return nil
}

// switchable reports whether an app calls o with a token of its own. What is
// called before there is one is not known to be of any app or corp, and the
// console must stay open to whoever wants to open the rest again.
func switchable(o *op.Operation) bool { return o.Scope != "" && o.Dialect != op.DialectConsole }

// existing refuses an app that does not exist, or is another corp's.
func existing(tx *store.Tx, s Switch) error {
	for _, key := range s.Apps {
		at, err := store.All(tx, placeOfKey, scanPlace, key)
		if err != nil {
			return err
		}
		if len(at) == 0 || s.Corp != Platform && at[0].corp != s.Corp {
			return apierror.AgentUnknown.Want("an AppKey of this platform").Got("%s", key)
		}
	}
	return nil
}

// refuses returns the refusal of app by the switch, or nil.
func (s *Switch) refuses(app *App) *apierror.Refusal {
	if s.Position == Allowed && slices.Contains(s.Apps, app.Key) {
		return nil
	}
	rule := apierror.OperationClosed
	if s.Corp == Platform {
		rule = apierror.OperationClosedHere
	}
	r := rule.With("operation", s.Route, "reason", s.Reason)
	at := s.At.Format(time.DateTime)
	if s.Position == Closed {
		return r.Got("closed by %s at %s", s.By, at)
	}
	return r.Want("one of the apps %s", joined(s.Apps)).Got("app %s; allow-listed by %s at %s", app.Key, s.By, at)
}

func joined(keys []id.App) string {
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = string(k)
	}
	return strings.Join(texts, ", ")
}

func scanSwitch(r store.Row) (s Switch, err error) {
	var route, apps string
	var at int64
	if err := r.Scan(&s.Corp, &route, &s.Position, &apps, &s.Reason, &s.By, &at); err != nil {
		return s, err
	}
	s.Route, s.At = parseRoute(route), time.UnixMilli(at)
	if err := json.Unmarshal([]byte(apps), &s.Apps); err != nil {
		return s, fmt.Errorf("read the apps of a switch: %w", err)
	}
	return s, nil
}

const (
	switchesOf store.SQL = `
		SELECT corp, operation, state, apps, reason, switched_by, switched_at
		FROM operation_switches WHERE corp = $1 ORDER BY operation`
	upsertSwitch store.SQL = `
		INSERT INTO operation_switches (corp, operation, state, apps, reason, switched_by, switched_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (corp, operation) DO UPDATE SET state = excluded.state, apps = excluded.apps,
			reason = excluded.reason, switched_by = excluded.switched_by, switched_at = excluded.switched_at`
	deleteSwitch   store.SQL = `DELETE FROM operation_switches WHERE corp = $1 AND operation = $2`
	removeSwitches store.SQL = `DELETE FROM operation_switches WHERE corp = $1`
)
