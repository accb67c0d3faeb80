package delegation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// Answer is what became of a request.
type Answer string

// The answers.
const (
	Waiting  Answer = "waiting"
	Approved Answer = "approved"
	Rejected Answer = "rejected"
	Used     Answer = "used"
)

// Bounds of requests.
const (
	life      = 10 * time.Minute
	maxAsked  = 20      // of one person at a time; beyond it the oldest end
	maxStored = 4 << 10 // bytes of arguments that are kept to be shown
)

// Request is a call that waits for its person's confirmation.
type Request struct {
	ID        string
	User      id.User
	Agent     id.Agent
	Delegate  string
	Operation string
	Arguments string // as JSON, cut where they are long
	State     Answer
	Created   time.Time
	Expires   time.Time

	digest string
	sealed []byte
}

// digest is what a confirmation is for: not a byte of the call may differ.
func digest(who *op.Caller, o *op.Operation, arguments []byte) string {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(strconv.FormatInt(int64(who.Agent), 10)), []byte(o.Name()), arguments} {
		h.Write([]byte(strconv.Itoa(len(part)) + ":"))
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Ask notes that who's delegate wants to make a call, and returns the request's
// id: that of the open request, if the same was asked for already. Arguments are
// in a form that is always the same for the same arguments.
func (d *Delegation) Ask(ctx context.Context, who *op.Caller, o *op.Operation, arguments []byte) (string, error) {
	now := d.clk.At(who.Corp)
	want := digest(who, o, arguments)
	fresh := strings.ToLower(id.NewCode()[:10])
	shown := string(arguments)
	if len(shown) > maxStored {
		shown = strings.ToValidUTF8(shown[:maxStored], "") + "…"
	}
	sealed := d.box.Seal(shown, owner(who.Corp, who.User, fresh))
	return store.Update(ctx, d.db, func(tx *store.Tx) (string, error) {
		if _, err := tx.Exec(deleteEnded, who.Corp, now.UnixMilli()); err != nil {
			return "", err
		}
		open, err := store.All(tx, selectRequests, scanRequest, who.Corp, who.User)
		if err != nil {
			return "", err
		}
		same := func(r Request) bool { return r.digest == want && r.State == Waiting }
		if i := slices.IndexFunc(open, same); i >= 0 {
			return open[i].ID, nil
		}
		for len(open) >= maxAsked {
			if _, err := tx.Exec(deleteRequest, who.Corp, who.User, open[0].ID); err != nil {
				return "", err
			}
			open = open[1:]
		}
		_, err = tx.Exec(insertRequest, who.Corp, who.User, fresh, who.Agent, who.Delegate.Name, o.Name(), sealed, want, Waiting,
			now.UnixMilli(), now.Add(life).UnixMilli())
		return fresh, err
	})
}

// Use returns the approved request for just this call and uses it up; empty if
// there is none.
func (d *Delegation) Use(ctx context.Context, who *op.Caller, o *op.Operation, arguments []byte) (string, error) {
	return d.use(ctx, who, digest(who, o, arguments), func(r Request) bool { return r.State == Approved })
}

// Answered is Use for a request that the person answered to a question which the
// client asked: it is approved and used in one.
func (d *Delegation) Answered(ctx context.Context, who *op.Caller, o *op.Operation, arguments []byte, asked string) (string, error) {
	return d.use(ctx, who, digest(who, o, arguments), func(r Request) bool { return r.ID == asked && r.State == Waiting })
}

func (d *Delegation) use(ctx context.Context, who *op.Caller, want string, fits func(Request) bool) (string, error) {
	now := d.clk.At(who.Corp)
	return store.Update(ctx, d.db, func(tx *store.Tx) (string, error) {
		open, err := store.All(tx, selectRequests, scanRequest, who.Corp, who.User)
		if err != nil {
			return "", err
		}
		for _, r := range open {
			if r.digest != want || !now.Before(r.Expires) || !fits(r) {
				continue
			}
			// On another node the same request may be used at the same time: one of the two changes the row.
			rows, err := tx.Exec(moveRequest, who.Corp, who.User, r.ID, r.State, Used)
			if err != nil || rows == 1 {
				return r.ID, err
			}
		}
		return "", nil
	})
}

// Requests returns what a person is asked to confirm, and what was lately
// answered, the oldest first.
func (d *Delegation) Requests(ctx context.Context, corp id.Corp, user id.User) ([]Request, error) {
	now := d.clk.At(corp)
	list, err := store.View(ctx, d.db, func(tx *store.Tx) ([]Request, error) {
		return store.All(tx, selectRequests, scanRequest, corp, user)
	})
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(r Request) bool { return !now.Before(r.Expires) })
	for i := range list {
		if list[i].Arguments, err = d.box.Open(list[i].sealed, owner(corp, user, list[i].ID)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Decide is the person's answer. It refuses a request that is not the person's,
// was answered, or has ended (DelegateRequestUnknown).
func (d *Delegation) Decide(ctx context.Context, corp id.Corp, user id.User, asked string, answer Answer) error {
	now := d.clk.At(corp)
	_, err := store.Update(ctx, d.db, func(tx *store.Tx) (struct{}, error) {
		open, err := store.All(tx, selectRequests, scanRequest, corp, user)
		if err != nil {
			return struct{}{}, err
		}
		i := slices.IndexFunc(open, func(r Request) bool { return r.ID == asked && r.State == Waiting && now.Before(r.Expires) })
		if i < 0 {
			return struct{}{}, unknown(asked)
		}
		rows, err := tx.Exec(moveRequest, corp, user, asked, Waiting, answer)
		if err == nil && rows == 0 {
			err = unknown(asked)
		}
		return struct{}{}, err
	})
	return err
}

// Decline is the person's no to a question that the client asked. A request that
// has ended meanwhile is as good as declined.
func (d *Delegation) Decline(ctx context.Context, who *op.Caller, asked string) error {
	err := d.Decide(ctx, who.Corp, who.User, asked, Rejected)
	if errors.Is(err, apierror.DelegateRequestUnknown) {
		return nil
	}
	return err
}

func unknown(asked string) error { return apierror.DelegateRequestUnknown.With("id", asked) }

func owner(corp id.Corp, user id.User, request string) string {
	return "delegation " + string(corp) + " " + string(user) + " " + request
}

func scanRequest(r store.Row) (q Request, err error) {
	var created, expires int64
	err = r.Scan(&q.ID, &q.User, &q.Agent, &q.Delegate, &q.Operation, &q.sealed, &q.digest, &q.State, &created, &expires)
	q.Created, q.Expires = time.UnixMilli(created), time.UnixMilli(expires)
	return q, err
}

const (
	selectRequests store.SQL = `SELECT id, userid, agent, delegate, operation, arguments, digest, state, created_at, expires_at
		FROM delegation_requests WHERE corp = $1 AND userid = $2 ORDER BY created_at, id`
	insertRequest store.SQL = `/* aside: confirmations */ INSERT INTO delegation_requests (corp, userid, id, agent, delegate, operation, arguments, digest, state, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	moveRequest   store.SQL = `/* aside: confirmations */ UPDATE delegation_requests SET state = $5 WHERE corp = $1 AND userid = $2 AND id = $3 AND state = $4`
	deleteRequest store.SQL = `/* aside: confirmations */ DELETE FROM delegation_requests WHERE corp = $1 AND userid = $2 AND id = $3`
	deleteEnded   store.SQL = `/* aside: confirmations */ DELETE FROM delegation_requests WHERE corp = $1 AND expires_at <= $2`
)
