package tunnel

import (
	"context"
	"errors"
	"net/http"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/id"
)

// ServeHTTP lets listeners in that bring a ticket. It is the http.Handler for
// Path.
func (t *Tunnels) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a, err := Admitted{}, ErrTicket
	if sub, wrong := number(q.Get("subscription")); wrong == nil {
		a, err = t.Admit(r.Context(), id.Corp(q.Get("corp")), sub, q.Get("ticket"))
	}
	switch {
	case errors.Is(err, ErrTicket):
		http.Error(w, err.Error()+"; tunnel.open gives another", http.StatusUnauthorized)
		return
	case err != nil:
		t.logger.WarnContext(r.Context(), "a listener was not let in", "err", err)
		http.Error(w, "the platform cannot look at the ticket now", http.StatusServiceUnavailable)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	// A connection lives as long as its own reasons let it, not as the request that opened it.
	t.Serve(context.WithoutCancel(r.Context()), a, conn)
}
