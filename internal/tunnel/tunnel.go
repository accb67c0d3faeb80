package tunnel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// How long things last, in real time.
const (
	ticketLife = time.Minute
	lostLife   = 10 * time.Minute   // of a tunnel whose listener was lost
	keptLife   = 7 * 24 * time.Hour // of a kept one without a listener
	sweepEvery = time.Minute
)

// maxTunnels bounds the tunnels of one corp: each is told everything.
const maxTunnels = 100

// maxBacklog bounds how many past events a tunnel begins with.
const maxBacklog = 10_000

// Keys are what a receiver decrypts and verifies with: those of the encrypted form,
// or the secret of the plain one.
type Keys struct {
	Token  string `json:"token,omitzero"`
	AESKey string `json:"aesKey,omitzero"`
	Owner  string `json:"owner,omitzero"`
	Secret string `json:"secret,omitzero"`
}

// Form is the form that the keys are for.
func (k Keys) Form() callback.Form {
	if k.Secret != "" {
		return callback.Plain
	}
	return callback.Compatible
}

// App is an application as a tunnel needs it.
type App struct {
	Name string
	Key  id.App
}

// Tunnels is every tunnel of the platform, and the way of events through those
// whose listeners are connected to this node. It is safe for concurrent use. What
// it asks of others is set before the first delivery.
type Tunnels struct {
	// App returns an app, or refuses one that the corp does not have.
	App func(ctx context.Context, corp id.Corp, agent id.Agent) (App, error)
	// Callback returns the keys of an app's own callback, of one of this form unless
	// that is empty; ok is false if it has none.
	Callback func(ctx context.Context, corp id.Corp, agent id.Agent, form callback.Form) (keys Keys, ok bool, err error)
	// Came is told that a listener is connected to this node, perhaps another than
	// before, and Gone that none is.
	Came, Gone func(corp id.Corp, sub id.Subscription)

	db     *store.DB
	log    *event.Log
	now    func() time.Time
	logger *slog.Logger

	turn    sync.Mutex // of Came and Gone
	mu      sync.Mutex
	sockets map[place]*socket
	closed  bool
	serving sync.WaitGroup
}

// place is a tunnel's subscription.
type place struct {
	corp id.Corp
	sub  id.Subscription
}

// New returns the tunnels in db. now is the real time.
func New(db *store.DB, log *event.Log, now func() time.Time, logger *slog.Logger) *Tunnels {
	return &Tunnels{db: db, log: log, now: now, logger: logger, sockets: map[place]*socket{}}
}

// Wish is what somebody wants who listens.
type Wish struct {
	Corp    id.Corp
	Agent   id.Agent
	By      id.User
	Again   id.Subscription // go on with this tunnel; 0: the kept one, or a new one
	Names   []event.Name    // none: every event
	Since   time.Time       // tell also what happened since then; zero: from now on
	Keep    bool
	Forward string        // where the listener sends what comes; empty: nowhere
	Form    callback.Form // empty: that of the keys, of the app's callback, or the encrypted one
	Keys    Keys          // empty: those of the app's callback, else new ones
	Timeout time.Duration
}

// Opened is a tunnel that is ready for its listener.
type Opened struct {
	Subscription id.Subscription
	App          App
	Ticket       string
	Keys         Keys
	Made         bool  // the keys are new, nobody has them yet
	Past         int64 // events of the past that it is told of
}

// Open makes a tunnel, or has one go on, and returns the ticket for it.
func (t *Tunnels) Open(ctx context.Context, w Wish) (Opened, error) {
	a, err := t.App(ctx, w.Corp, w.Agent)
	if err != nil {
		return Opened{}, err
	}
	o := Opened{App: a, Ticket: id.NewCode()}
	s, err := t.find(ctx, &w)
	switch {
	case err != nil:
		return o, err
	case s.ID == 0:
		if s, o.Made, err = t.make(ctx, &w, a); err != nil {
			return o, err
		}
		fallthrough
	case w.Again == 0: // a kept one is as it is wished for now
		if !w.Since.IsZero() {
			if o.Past, err = t.log.Backlog(ctx, w.Corp, s.ID, w.Since, maxBacklog); err != nil {
				return o, err
			}
		}
	}
	o.Subscription = s.ID
	if err := json.Unmarshal([]byte(s.Secret), &o.Keys); err != nil {
		return o, fmt.Errorf("tunnel: keys of %d: %w", s.ID, err)
	}
	_, err = store.Update(ctx, t.db, func(tx *store.Tx) (int64, error) {
		now := t.now()
		return tx.Exec(upsertTunnel, w.Corp, s.ID, w.Agent, w.By, w.Keep, digest(o.Ticket), now.Add(ticketLife).UnixMilli(), t.ends(w.Keep).UnixMilli())
	})
	return o, err
}

// find returns the tunnel that goes on: the one that is named, or the one that
// was kept for who listens, made as it is wished for now. Without one its ID is 0.
func (t *Tunnels) find(ctx context.Context, w *Wish) (event.Subscription, error) {
	none := event.Subscription{}
	if w.Again == 0 && !w.Keep {
		return none, nil
	}
	subs, err := store.View(ctx, t.db, func(tx *store.Tx) ([]id.Subscription, error) {
		if w.Again != 0 {
			return store.All(tx, tunnelOf, scanSubscription, w.Corp, w.Again, w.Agent, w.By)
		}
		return store.All(tx, keptTunnel, scanSubscription, w.Corp, w.Agent, w.By)
	})
	if err != nil {
		return none, err
	}
	if len(subs) > 0 {
		s, err := t.log.Subscription(ctx, w.Corp, subs[0])
		switch {
		case err == nil && w.Again != 0:
			return s, nil
		case err == nil:
			return t.wished(ctx, s, w)
		case !errors.Is(err, event.ErrNoSubscription):
			return none, err
		}
	}
	if w.Again != 0 {
		return none, gone(w.Again)
	}
	return none, nil
}

// wished changes a kept tunnel to what is wished for now.
func (t *Tunnels) wished(ctx context.Context, s event.Subscription, w *Wish) (event.Subscription, error) {
	s.Names, s.Target, s.Timeout = w.Names, w.Forward, w.Timeout
	var before Keys
	if err := json.Unmarshal([]byte(s.Secret), &before); err != nil {
		return s, fmt.Errorf("tunnel: keys of %d: %w", s.ID, err)
	}
	if w.Keys != (Keys{}) || w.Form != "" && w.Form != before.Form() {
		a, err := t.App(ctx, w.Corp, w.Agent)
		if err != nil {
			return s, err
		}
		if s.Secret, _, err = t.keys(ctx, w, a); err != nil {
			return s, err
		}
	}
	return s, t.log.Change(ctx, s)
}

// gone refuses a tunnel that is not there.
func gone(sub id.Subscription) error {
	return invalid("subscription").Want("a tunnel that is still there").Got("%d", sub)
}

func invalid(name string) *apierror.Refusal { return apierror.ParameterInvalid.With("name", name) }

func (t *Tunnels) make(ctx context.Context, w *Wish, a App) (s event.Subscription, made bool, err error) {
	open, err := store.View(ctx, t.db, func(tx *store.Tx) (int, error) {
		return store.One(tx, countTunnels, func(r store.Row) (n int, err error) { return n, r.Scan(&n) }, w.Corp)
	})
	if err == nil && open >= maxTunnels {
		err = invalid("agentId").Want("at most %d tunnels at once", maxTunnels).Got("%d", open+1)
	}
	if err != nil {
		return s, false, err
	}
	secret, made, err := t.keys(ctx, w, a)
	if err != nil {
		return s, false, err
	}
	s, err = t.log.Subscribe(ctx, event.Subscription{Corp: w.Corp, Agent: w.Agent, Way: event.Tunnel, Origin: "listen", Target: w.Forward, Settings: "{}",
		Secret: secret, Names: w.Names, Ordered: true, Timeout: w.Timeout})
	return s, made, err
}

// keys are those that were brought, those of the app's own callback, or new ones,
// as a subscription keeps them.
func (t *Tunnels) keys(ctx context.Context, w *Wish, a App) (secret string, made bool, err error) {
	k := w.Keys
	if k.Token == "" && k.AESKey == "" && k.Secret == "" {
		var ok bool
		if k, ok, err = t.Callback(ctx, w.Corp, w.Agent, w.Form); err != nil {
			return "", false, err
		}
		if !ok {
			k, made = newKeys(w.Form), true
		}
	}
	if err := k.complete(a, w.Form); err != nil {
		return "", false, err
	}
	text, err := json.Marshal(k)
	return string(text), made, err
}

func newKeys(form callback.Form) Keys {
	if form == callback.Plain {
		return Keys{Secret: callback.NewSecret()}
	}
	return Keys{Token: id.NewCode(), AESKey: (id.NewCode() + id.NewCode())[:callback.KeyLength]}
}

// complete adds the owner, and refuses keys that nothing can be sent with.
func (k *Keys) complete(a App, form callback.Form) error {
	switch {
	case k.Secret != "" && (k.Token != "" || k.AESKey != ""):
		return invalid("secret").Want("secret, or token and aesKey").Got("both of them")
	case form != "" && form != k.Form():
		return invalid("form").Want("%s", k.Form()).Got("%s", form)
	case k.Secret != "":
		if _, err := callback.NewWebhook(k.Secret); err != nil {
			return invalid("secret").Want("whsec_ 与 %d–%d 字节的 base64", callback.LeastKey, callback.MostKey).Got("%d 个字符", len(k.Secret)).Because(err)
		}
		return nil
	case k.Owner == "":
		k.Owner = string(a.Key)
	}
	if _, err := callback.NewEnvelope(k.Token, k.AESKey, k.Owner); err != nil {
		return invalid("aesKey").Want("%d letters and digits", callback.KeyLength).Got("%d", len(k.AESKey)).Because(err)
	}
	return nil
}

// Close removes a tunnel whose listener leaves, unless it is kept. One that is
// gone already is no error.
func (t *Tunnels) Close(ctx context.Context, corp id.Corp, sub id.Subscription, agent id.Agent, by id.User) error {
	kept, err := store.View(ctx, t.db, func(tx *store.Tx) ([]bool, error) { return store.All(tx, isKept, scanKept, corp, sub, agent, by) })
	if err != nil || len(kept) == 0 || kept[0] {
		return err
	}
	return t.remove(ctx, corp, sub)
}

func (t *Tunnels) remove(ctx context.Context, corp id.Corp, sub id.Subscription) error {
	if err := t.log.Unsubscribe(ctx, corp, sub); err != nil && !errors.Is(err, event.ErrNoSubscription) {
		return err
	}
	_, err := store.Update(ctx, t.db, func(tx *store.Tx) (int64, error) { return tx.Exec(deleteTunnel, corp, sub) })
	return err
}

// RemoveCorp forgets every tunnel of corp; its subscriptions are forgotten with
// its events.
func (t *Tunnels) RemoveCorp(ctx context.Context, corp id.Corp) error {
	_, err := store.Update(ctx, t.db, func(tx *store.Tx) (int64, error) { return tx.Exec(deleteTunnels, corp) })
	return err
}

// Run removes tunnels to which nobody came back, until ctx ends.
func (t *Tunnels) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := t.Sweep(ctx); err != nil && ctx.Err() == nil {
				t.logger.WarnContext(ctx, "tunnels that were left could not be removed", "err", err)
			}
		}
	}
}

// Sweep removes the tunnels to which nobody came back in time.
func (t *Tunnels) Sweep(ctx context.Context) error {
	now := t.now()
	left, err := store.View(ctx, t.db, func(tx *store.Tx) ([]place, error) {
		return store.All(tx, leftTunnels, func(r store.Row) (p place, err error) { return p, r.Scan(&p.corp, &p.sub) }, lostLife.Milliseconds(), now.UnixMilli())
	})
	for _, p := range left {
		err = errors.Join(err, t.remove(ctx, p.corp, p.sub))
	}
	if err != nil {
		return err
	}
	_, err = store.Update(ctx, t.db, func(tx *store.Tx) (int64, error) { return tx.Exec(deleteLeft, now.UnixMilli()) })
	return err
}

// ends is when a tunnel ends to which nobody comes from now on.
func (t *Tunnels) ends(kept bool) time.Time {
	if kept {
		return t.now().Add(keptLife)
	}
	return t.now().Add(lostLife)
}

// digest is what is kept of a ticket.
func digest(ticket string) string {
	sum := sha256.Sum256([]byte(ticket))
	return hex.EncodeToString(sum[:])
}

// Admitted is a listener with a ticket that was good.
type Admitted struct {
	Corp         id.Corp
	Subscription id.Subscription
	serial       int64
	kept         bool
}

// ErrTicket is returned for a ticket that lets nobody in.
var ErrTicket = errors.New("the ticket was used, is too old, or is none")

// Admit takes a ticket.
func (t *Tunnels) Admit(ctx context.Context, corp id.Corp, sub id.Subscription, ticket string) (Admitted, error) {
	a := Admitted{Corp: corp, Subscription: sub}
	return store.Update(ctx, t.db, func(tx *store.Tx) (Admitted, error) {
		_, err := store.One(tx, takeTicket, func(r store.Row) (int, error) { return 0, r.Scan(&a.serial, &a.kept) }, corp, sub, digest(ticket), t.now().UnixMilli())
		if errors.Is(err, store.ErrNone) {
			err = ErrTicket
		}
		return a, err
	})
}

// current reports whether a is still the newest connection of its tunnel, and
// whether the tunnel is there at all.
func (t *Tunnels) current(ctx context.Context, a Admitted) (newest, there bool, err error) {
	serials, err := store.View(ctx, t.db, func(tx *store.Tx) ([]int64, error) {
		return store.All(tx, serialOf, func(r store.Row) (n int64, err error) { return n, r.Scan(&n) }, a.Corp, a.Subscription)
	})
	return len(serials) == 1 && serials[0] == a.serial, len(serials) == 1, err
}

// listening moves on when the tunnel of a ends.
func (t *Tunnels) listening(ctx context.Context, a Admitted) error {
	_, err := store.Update(ctx, t.db, func(tx *store.Tx) (int64, error) {
		return tx.Exec(moveEnd, a.Corp, a.Subscription, a.serial, t.ends(a.kept).UnixMilli())
	})
	return err
}

func scanSubscription(r store.Row) (s id.Subscription, err error) { return s, r.Scan(&s) }

func scanKept(r store.Row) (kept bool, err error) { return kept, r.Scan(&kept) }

const (
	upsertTunnel store.SQL = `
		INSERT INTO tunnels (corp, subscription, agent, opened_by, kept, ticket, ticket_until, serial, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)
		ON CONFLICT (corp, subscription) DO UPDATE SET kept = excluded.kept, ticket = excluded.ticket, ticket_until = excluded.ticket_until, ends_at = excluded.ends_at`
	tunnelOf     store.SQL = `SELECT subscription FROM tunnels WHERE corp = $1 AND subscription = $2 AND agent = $3 AND opened_by = $4`
	keptTunnel   store.SQL = `SELECT subscription FROM tunnels WHERE corp = $1 AND agent = $2 AND opened_by = $3 AND kept ORDER BY subscription LIMIT 1`
	countTunnels store.SQL = `SELECT count(*) FROM tunnels WHERE corp = $1`
	isKept       store.SQL = `SELECT kept FROM tunnels WHERE corp = $1 AND subscription = $2 AND agent = $3 AND opened_by = $4`
	takeTicket   store.SQL = `
		UPDATE tunnels SET ticket = '', serial = serial + 1 WHERE corp = $1 AND subscription = $2 AND ticket = $3 AND ticket_until >= $4 RETURNING serial, kept`
	serialOf store.SQL = `
		SELECT t.serial FROM tunnels t JOIN subscriptions s ON s.corp = $1 AND s.id = t.subscription WHERE t.corp = $1 AND t.subscription = $2`
	moveEnd       store.SQL = `UPDATE tunnels SET ends_at = $4 WHERE corp = $1 AND subscription = $2 AND serial = $3`
	deleteTunnel  store.SQL = `DELETE FROM tunnels WHERE corp = $1 AND subscription = $2`
	deleteTunnels store.SQL = `DELETE FROM tunnels WHERE corp = $1`
	// A tunnel without a row is one whose opening failed half way.
	leftTunnels store.SQL = `/* all corps: whoever left is looked for by one node for all */ /* full scan: once a minute, over what is delivered to */
		SELECT s.corp, s.id FROM subscriptions s LEFT JOIN tunnels t ON t.corp = s.corp AND t.subscription = s.id
		WHERE s.way = 'tunnel' AND COALESCE(t.ends_at, s.created_at + $1) < $2`
	deleteLeft store.SQL = `/* all corps: as above */ /* full scan: as above */ DELETE FROM tunnels WHERE ends_at < $1`
)
