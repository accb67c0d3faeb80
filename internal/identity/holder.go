package identity

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
)

// holders remembers that the people whom user tokens stand for are still
// employed, so that a call with such a token reads the database once a second
// and not each time. Whoever leaves is refused within that second on every
// node. The zero value is ready.
type holders struct {
	mu    sync.RWMutex
	known map[holder]seen
}

type holder struct {
	corp id.Corp
	user id.User
}

type seen struct {
	union id.Union
	at    time.Time // real
}

const (
	holderFresh = time.Second
	holderSize  = 100_000
)

// union returns the unionid of the person whom row stands for, or refuses a
// token whose person has left.
func (h *holders) union(ctx context.Context, i *Identity, row token) (id.Union, error) {
	key, now := holder{row.corp, row.user}, i.clk.Real()
	h.mu.RLock()
	s, ok := h.known[key]
	h.mu.RUnlock()
	if ok && now.Sub(s.at).Abs() < holderFresh {
		return s.union, nil
	}
	p, err := i.dir.Person(ctx, row.corp, row.user)
	if errors.Is(err, apierror.UserInvalid) {
		return "", apierror.TokenRevoked.Got("员工 %s 已不在企业中", row.user)
	}
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) >= holderSize { // start anew: one read per person who calls
		h.known = map[holder]seen{}
	}
	h.known[key] = seen{p.Union, now}
	return p.Union, nil
}
