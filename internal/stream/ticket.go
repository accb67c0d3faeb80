package stream

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/kv"
)

// ticketLife is how long a ticket is good (stream.md §1).
const ticketLife = 90 * time.Second

// ticketKey is where a ticket stands among what nodes share.
const ticketKey = "stream ticket "

// issue makes a ticket for a client. Its text needs no escape in a URL, because
// two of the official clients escape nothing.
func (h *Hub) issue(ctx context.Context, c Client) (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	ticket := rand.Text()
	if err := h.Tickets.Set(ctx, ticketKey+ticket, string(text), ticketLife); err != nil {
		return "", fmt.Errorf("keep a ticket: %w", err)
	}
	return ticket, nil
}

// admit takes a ticket, which is good once, and returns whose it is.
func (h *Hub) admit(ctx context.Context, ticket string) (c Client, err error) {
	if ticket == "" {
		return c, apierror.StreamTicket.Want("查询参数 ticket").Got("没有 ticket")
	}
	text, err := h.Tickets.Take(ctx, ticketKey+ticket)
	switch {
	case errors.Is(err, kv.ErrNone):
		return c, apierror.StreamTicket.Want("%d 秒内取得且未用过的 ticket", int(ticketLife.Seconds())).Got("%d 个字符", len(ticket))
	case err != nil:
		return c, fmt.Errorf("take a ticket: %w", err)
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return c, fmt.Errorf("read a ticket: %w", err)
	}
	_, err = h.Apps.Connected(ctx, c.App.Corp, c.App.Agent)
	return c, err
}
