package delegation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// Delegation is safe for concurrent use.
type Delegation struct {
	db   *store.DB
	clk  *clock.Clock
	box  *encryption.Box
	apps *app.Apps

	// Operations are those of the platform now. Whoever builds the platform sets
	// it before the first call.
	Operations func() []op.Operation
}

// New returns the delegation whose data is in db.
func New(db *store.DB, clk *clock.Clock, box *encryption.Box, apps *app.Apps) *Delegation {
	return &Delegation{db: db, clk: clk, box: box, apps: apps}
}

// Policy is what programs may call through one application.
type Policy struct {
	Agent      id.Agent
	Reads      bool     // every operation that reads
	Operations []string // and these, by op.Operation.Name
	By         id.User
	At         time.Time
}

// Allowed reports whether the policy allows anything at all.
func (p Policy) Allowed() bool { return p.Reads || len(p.Operations) > 0 }

func (p Policy) allows(o *op.Operation) bool {
	return p.Reads && o.Verb == op.Read || slices.Contains(p.Operations, o.Name())
}

// Bounds of a policy.
const maxOperations = 200

// SetPolicy stores a policy; one that allows nothing ends what there was. It
// refuses an operation that does not exist and an app that is not the corp's.
func (d *Delegation) SetPolicy(ctx context.Context, corp id.Corp, p Policy) error {
	if _, err := d.apps.ByAgent(ctx, corp, p.Agent); err != nil {
		return err
	}
	if len(p.Operations) > maxOperations {
		return invalid("operations").Want("最多 %d 项", maxOperations).Got("%d", len(p.Operations))
	}
	for _, name := range p.Operations {
		if !d.callable(name) {
			return invalid("operations").Want("an operation that a person may call, such as GET /v1.0/contact/users/{unionId}").Got("%s", name)
		}
	}
	_, err := store.Update(ctx, d.db, func(tx *store.Tx) (int64, error) {
		if !p.Allowed() {
			return tx.Exec(deletePolicy, corp, p.Agent)
		}
		return tx.Exec(upsertPolicy, corp, p.Agent, p.Reads, strings.Join(p.Operations, "\n"), p.By, p.At.UnixMilli())
	})
	return err
}

func (d *Delegation) callable(name string) bool {
	all := d.Operations()
	return slices.ContainsFunc(all, func(o op.Operation) bool { return Callable(&o) && o.Name() == name })
}

// Callable reports whether an operation can be called by a program for a person:
// in the v2 dialect, with a person's token.
func Callable(o *op.Operation) bool {
	return o.Dialect == op.DialectV2 && (o.As == op.Person || o.As == op.AppOrPerson)
}

// Policy returns the policy of an application; one that allows nothing if none
// was set.
func (d *Delegation) Policy(ctx context.Context, corp id.Corp, agent id.Agent) (Policy, error) {
	list, err := store.View(ctx, d.db, func(tx *store.Tx) ([]Policy, error) {
		return store.All(tx, selectPolicy, scanPolicy, corp, agent)
	})
	if err != nil || len(list) == 0 {
		return Policy{Agent: agent}, err
	}
	return list[0], nil
}

// Permit implements gateway.Delegates. It refuses with DelegateClosed and
// DelegateUnconfirmed.
func (d *Delegation) Permit(ctx context.Context, who *op.Caller, o *op.Operation) error {
	p, err := d.Policy(ctx, who.Corp, who.Agent)
	switch {
	case err != nil:
		return fmt.Errorf("read what programs may do through app %d: %w", who.Agent, err)
	case !p.allows(o):
		return apierror.DelegateClosed.With("operation", o.Name(), "agent", int64(who.Agent)).Got("%s", who.Delegate.Name)
	case o.Verb != op.Read && who.Delegate.Confirmed == "":
		return apierror.DelegateUnconfirmed.With("operation", o.Name(), "user", who.User, "id", who.Delegate.Asked).Got("%s", who.Delegate.Name)
	}
	return nil
}

// RemoveCorp forgets everything of corp.
func (d *Delegation) RemoveCorp(ctx context.Context, corp id.Corp) error {
	_, err := store.Update(ctx, d.db, func(tx *store.Tx) (int64, error) {
		if _, err := tx.Exec(removePolicies, corp); err != nil {
			return 0, err
		}
		return tx.Exec(removeRequests, corp)
	})
	return err
}

func invalid(name string) *apierror.Refusal { return apierror.ParameterInvalid.With("name", name) }

func scanPolicy(r store.Row) (p Policy, err error) {
	var operations string
	var at int64
	err = r.Scan(&p.Agent, &p.Reads, &operations, &p.By, &at)
	if operations != "" {
		p.Operations = strings.Split(operations, "\n")
	}
	p.At = time.UnixMilli(at)
	return p, err
}

const (
	selectPolicy store.SQL = `SELECT agent, reads, operations, set_by, set_at FROM delegation_policies WHERE corp = $1 AND agent = $2`
	upsertPolicy store.SQL = `INSERT INTO delegation_policies (corp, agent, reads, operations, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (corp, agent) DO UPDATE SET reads = $3, operations = $4, set_by = $5, set_at = $6`
	deletePolicy   store.SQL = `DELETE FROM delegation_policies WHERE corp = $1 AND agent = $2`
	removePolicies store.SQL = `DELETE FROM delegation_policies WHERE corp = $1`
	removeRequests store.SQL = `DELETE FROM delegation_requests WHERE corp = $1`
)
