package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/kv"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// Identity is safe for concurrent use.
type Identity struct {
	db    *store.DB
	clk   *clock.Clock
	kv    kv.Store
	keys  *keyring.Ring
	apps  *app.Apps
	dir   *directory.Directory
	key   []byte // of token digests
	open  []byte // of open ids
	cache cache

	holders holders

	// Suites knows vendors' applications. Whoever builds the platform sets it before
	// the first call.
	Suites Suites

	// Nonces remembers which signatures were used. New sets the shared store;
	// whoever builds the platform may set one of its own before the first call,
	// so that a flood of nonces leaves sign-in codes their room.
	Nonces kv.Store
	nonces nonces
}

// New returns the identities of the platform whose data is in db.
func New(db *store.DB, clk *clock.Clock, shared kv.Store, keys *keyring.Ring, apps *app.Apps, dir *directory.Directory) *Identity {
	i := &Identity{db: db, clk: clk, kv: shared, keys: keys, apps: apps, dir: dir, Nonces: shared,
		key: keys.Root().Derive("tokens v1"), open: keys.Root().Derive("open ids v1")}
	db.Watch(func(topic string) {
		if corp, ok := strings.CutPrefix(topic, clock.Topic("")); ok {
			i.cache.drop(id.Corp(corp))
		}
	})
	return i
}

// Identify implements gateway.Identity.
func (i *Identity) Identify(ctx context.Context, o *op.Operation, credential string, r *op.Request) (op.Caller, error) {
	switch {
	case o.As == op.Anyone:
		return op.Caller{As: op.Anyone, Grade: scope.R2}, nil
	case o.As >= op.Session:
		return i.session(ctx, o, credential, r)
	}
	if o.As == op.Suite && credential == "" {
		var err error
		if credential, err = suiteCredential(o, r); err != nil {
			return op.Caller{}, err
		}
	}
	p, err := proofOf(o, r)
	switch {
	case err != nil:
		return op.Caller{}, err
	case p != nil:
		return i.signedBy(ctx, o, p, credential)
	case credential == "":
		return op.Caller{}, missing(o, r)
	}
	row, err := i.verify(ctx, credential)
	if err != nil {
		return op.Caller{}, err
	}
	return i.caller(ctx, o, row, nil)
}

// Person returns the person, and the app, whom a user token in the v2 header
// stands for. It refuses any other credential.
func (i *Identity) Person(ctx context.Context, r *op.Request) (op.Caller, error) {
	o := &op.Operation{Dialect: op.DialectV2, Spec: op.Spec{As: op.Person}}
	credential, err := o.Dialect.Credential(r)
	if err != nil {
		return op.Caller{}, err
	}
	return i.Identify(ctx, o, credential, r)
}

// missing says that there is no token, and where it was found instead.
func missing(o *op.Operation, r *op.Request) error {
	var refusal *apierror.Refusal
	switch {
	case o.As == op.Suite && o.Dialect == op.DialectV1:
		return apierror.ParameterMissing.With("name", suiteParameter)
	case o.Dialect == op.DialectV2:
		refusal = apierror.HeaderMissing.With()
		if strings.Contains(r.Query, "access_token=") {
			return refusal.Got("access_token in the query")
		}
		return refusal
	case strings.HasPrefix(o.Path, "/topapi/"):
		refusal = apierror.TokenMissing.With()
	default:
		refusal = apierror.ParameterMissing.With("name", "access_token")
	}
	if r.Head.Get(op.TokenHeader) != "" {
		return refusal.Want("access_token in the query").Got("the header %s", op.TokenHeader)
	}
	return refusal
}

// caller makes the caller whom a verified token stands for. signer is the
// application that signed the call as well; nil when none did.
func (i *Identity) caller(ctx context.Context, o *op.Operation, row token, signer *app.App) (op.Caller, error) {
	if want, ok := takes(o, row.kind); !ok {
		return op.Caller{}, apierror.TokenKind.Want("%s", want).Got("%s", row.kind.title())
	}
	a, err := i.apps.ByAgent(ctx, row.corp, row.agent)
	if err != nil {
		if errors.Is(err, apierror.AgentUnknown) {
			return op.Caller{}, apierror.TokenRevoked.Got("应用 %s 已删除", row.app)
		}
		return op.Caller{}, err
	}
	who := callerOf(a)
	if who.Serial = row.name; row.name == "" { // not kept yet
		who.Serial = row.serial.String()
	}
	switch {
	case signer == nil && a.RequiresSignature():
		return traced(a), apierror.SignatureMissing.Want("%v", a.Signatures).Got("access_token")
	case signer != nil && (signer.Corp != a.Corp || signer.Key != a.Key):
		return traced(signer), apierror.SignatureOtherApp.Want("AppKey %s", a.Key).Got("AppKey %s", signer.Key)
	}
	switch row.kind {
	case userToken:
	case suiteToken:
		who.As = op.Suite
		return who, nil
	default:
		return who, nil
	}
	union, err := i.holders.union(ctx, i, row)
	if err != nil {
		return op.Caller{}, err
	}
	who.As, who.User, who.Union, who.Scopes = op.Person, row.user, union, consented(who.Scopes, row.consent)
	return who, nil
}

// callerOf is the application a on its own behalf.
func callerOf(a *app.App) op.Caller {
	return op.Caller{As: op.App, Corp: a.Corp, App: a.Key, Agent: a.Agent, Scopes: a.ScopeNames(),
		Grade: a.Grade, Range: a.Range, Strict: a.Strict, IDs: a.IDs}
}

// takes reports whether o may be called with a token of kind k, and what it takes.
func takes(o *op.Operation, k kind) (want apierror.Words, ok bool) {
	switch {
	case o.As == op.Person:
		return userToken.title(), k == userToken
	case o.As == op.AppOrPerson:
		a, u := appToken.title(), userToken.title()
		return apierror.Words{ZH: a.ZH + " | " + u.ZH, EN: a.EN + " | " + u.EN}, k == appToken || k == userToken
	case o.As == op.Suite:
		return suiteToken.title(), k == suiteToken
	case o.Scope == scope.SSOUserInfo:
		return ssoToken.title(), k == ssoToken
	}
	return appToken.title(), k == appToken
}

// allConsent is the consent to everything the application has.
const allConsent = "*"

// consented is what is granted and consented to.
func consented(granted op.Scopes, consent string) op.Scopes {
	if consent == allConsent {
		return granted
	}
	var both op.Scopes
	for name := range strings.SplitSeq(consent, ",") {
		if granted.Has(scope.Name(name)) {
			both = append(both, scope.Name(name))
		}
	}
	return both
}

// OpenID is a person's id as one application sees it: the same on every call,
// and not to be linked with what another application sees.
func (i *Identity) OpenID(a id.App, u id.Union) id.Open {
	return id.Open(encode(encryption.MAC(i.open, string(a), string(u))[:14]) + "iEiE")
}

// Run sweeps what nobody can use any more, until ctx ends.
func (i *Identity) Run(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			// A failed sweep leaves rows for the next one.
			_ = i.sweep(ctx)
		}
	}
}

// kept is how long ended tokens and codes stay, so that a late caller is told
// that they expired rather than that they never were.
const kept = 30 * 24 * time.Hour

func (i *Identity) sweep(ctx context.Context) error {
	before := i.clk.Real().Add(-kept).UnixMilli()
	_, err := store.Update(ctx, i.db, func(tx *store.Tx) (struct{}, error) {
		if _, err := tx.Exec(sweepTokens, before); err != nil {
			return struct{}{}, err
		}
		_, err := tx.Exec(sweepCodes, before)
		return struct{}{}, err
	})
	return err
}

// RemoveCorp removes every token, code, consent, account and secret of corp.
func (i *Identity) RemoveCorp(ctx context.Context, corp id.Corp) error {
	_, err := store.Update(ctx, i.db, func(tx *store.Tx) (struct{}, error) {
		for _, q := range []store.SQL{removeTokens, removeCodes, removeConsents, removeAccounts, removeSecrets} {
			if _, err := tx.Exec(q, corp); err != nil {
				return struct{}{}, err
			}
		}
		tx.Touch(clock.Topic(corp))
		return struct{}{}, nil
	})
	return err
}

const (
	sweepTokens    store.SQL = `/* aside: tokens and codes */ DELETE FROM tokens WHERE expires_at < $1 /* all corps: the sweep */`
	sweepCodes     store.SQL = `/* aside: tokens and codes */ DELETE FROM login_codes WHERE expires_at < $1 /* all corps: the sweep */`
	removeTokens   store.SQL = `DELETE FROM tokens WHERE corp = $1`
	removeCodes    store.SQL = `DELETE FROM login_codes WHERE corp = $1`
	removeAccounts store.SQL = `DELETE FROM accounts WHERE corp = $1`
	removeSecrets  store.SQL = `DELETE FROM corp_secrets WHERE corp = $1`
)
