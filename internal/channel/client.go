package channel

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
)

// Client is the client's end of a session. It is safe for concurrent use.
type Client struct {
	ws    *websocket.Conn
	id    []byte
	frame int

	down   *line // the reading goroutine's
	coming *line // the next, between the client's word and the platform's
	number atomic.Uint32

	mu     sync.Mutex // of what follows, and of writing
	up     *line
	secret []byte
	calls  map[uint32]chan<- Answer
	last   uint32
	err    error // why the session is over

	done chan struct{}
}

// ErrIncomplete is the error of an answer whose body broke off on its way to the
// platform. The session goes on.
var ErrIncomplete = errors.New("channel: the answer's body is not complete")

// Dial opens a session with the platform at url ("ws://host/channel") that holds
// the private part of public.
func Dial(ctx context.Context, url string, public []byte) (*Client, error) {
	g, err := greet(public)
	if err != nil {
		return nil, err
	}
	ws, resp, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return nil, fmt.Errorf("channel: dial: %w", err)
	}
	if resp.Body != nil {
		_ = resp.Body.Close()
	}
	ws.SetReadLimit(part + 256<<10)
	c := &Client{ws: ws, calls: map[uint32]chan<- Answer{}, done: make(chan struct{})}
	if err := c.hello(ctx, g); err != nil {
		_ = ws.CloseNow()
		return nil, err
	}
	go c.read()
	return c, nil
}

func (c *Client) hello(ctx context.Context, g *greeting) error {
	if err := c.ws.Write(ctx, websocket.MessageText, g.sent); err != nil {
		return fmt.Errorf("channel: hello: %w", err)
	}
	_, came, err := c.ws.Read(ctx)
	if err != nil {
		return fmt.Errorf("channel: hello: %w", err)
	}
	if c.id, c.secret, c.frame, err = g.finish(came); err != nil {
		return err
	}
	c.up, c.down = newLine(c.secret, c.id, up, 1), newLine(c.secret, c.id, down, 1)
	c.number.Store(1)
	return nil
}

// Do makes a call and waits for its answer. A session that ends meanwhile is
// told by *Ended; whether the call was carried out is then not known.
func (c *Client) Do(ctx context.Context, call Call) (Answer, error) {
	m := message{kind: kindCall, head: spell(call), body: call.Body}
	if n := messageSize + len(m.head) + len(m.body) + headSize + 16; n > c.frame {
		return Answer{}, fmt.Errorf("channel: the call has %d bytes, and a frame at most %d", n, c.frame)
	}
	answered := make(chan Answer, 1)
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return Answer{}, c.err
	}
	c.last++
	m.call = c.last
	c.calls[m.call] = answered
	err := c.write(ctx, m)
	c.mu.Unlock()
	if err != nil {
		return Answer{}, err
	}
	select {
	case a := <-answered:
		if a.broken {
			return a, ErrIncomplete
		}
		return a, nil
	case <-c.done:
		return Answer{}, c.Err()
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

// KeyNumber is the number of the key that both ends use; it grows with each
// replacement.
func (c *Client) KeyNumber() uint32 { return c.number.Load() }

// Err is why the session is over; nil while it is not.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the session.
func (c *Client) Close() error {
	c.mu.Lock()
	if c.err == nil {
		_ = c.write(context.Background(), message{kind: kindClose, head: spell(closing{Done})}) // it may be gone
	}
	c.mu.Unlock()
	return c.ws.Close(websocket.StatusNormalClosure, string(Done))
}

// write sends a frame; c.mu is held.
func (c *Client) write(ctx context.Context, m message) error {
	return c.ws.Write(ctx, websocket.MessageBinary, c.up.seal(m.encode()))
}

func (c *Client) read() {
	parts := map[uint32]*Answer{}
	var err error
	for err == nil {
		var frame []byte
		if _, frame, err = c.ws.Read(context.Background()); err != nil {
			err = &Ended{Truncated, err}
			break
		}
		var m message
		if m, err = c.open(frame); err == nil {
			err = c.obey(m, parts)
		}
	}
	c.mu.Lock()
	c.err = err
	clear(c.secret)
	c.mu.Unlock()
	close(c.done)
	_ = c.ws.CloseNow()
}

// open opens a frame under the present key, or under the next one once that was
// agreed on, after which the present one is no more.
func (c *Client) open(frame []byte) (message, error) {
	if c.coming != nil && keyOf(frame) == c.coming.number {
		c.down, c.coming = c.coming, nil
		c.number.Store(c.down.number)
	}
	plain, err := c.down.open(frame)
	if err != nil {
		return message{}, err
	}
	return decode(plain)
}

func (c *Client) obey(m message, parts map[uint32]*Answer) error {
	switch m.kind {
	case kindAnswer:
		return c.answered(m, parts)
	case kindRekey:
		if len(m.body) == 0 {
			return nil // the platform's word that the old key is out of use
		}
		return c.rekey(m.body)
	case kindClose:
		var why closing
		if err := json.Unmarshal(m.head, &why); err != nil {
			return &Ended{Malformed, err}
		}
		return ended(why.Reason)
	case kindCall, kindRekeyed: // never from the platform
	}
	return ended(Malformed)
}

func (c *Client) answered(m message, parts map[uint32]*Answer) error {
	a := parts[m.call]
	if a == nil {
		a = &Answer{}
		if err := json.Unmarshal(m.head, a); err != nil {
			return &Ended{Malformed, err}
		}
		parts[m.call] = a
	}
	a.Body = append(a.Body, m.body...)
	if m.flags&last == 0 {
		return nil
	}
	delete(parts, m.call)
	c.mu.Lock()
	answered := c.calls[m.call]
	delete(c.calls, m.call)
	c.mu.Unlock()
	if answered == nil {
		return ended(Malformed)
	}
	a.broken = m.flags&broken != 0
	answered <- *a
	return nil
}

// rekey takes part in replacing the keys. Its own word is the last frame under
// the old one.
func (c *Client) rekey(public []byte) error {
	sealed, exchanged, err := encapsulate(public)
	if err != nil {
		return &Ended{Malformed, err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.write(context.Background(), message{kind: kindRekeyed, body: sealed}); err != nil {
		return &Ended{Truncated, err}
	}
	c.secret = following(c.secret, exchanged)
	n := c.up.number + 1
	c.up, c.coming = newLine(c.secret, c.id, up, n), newLine(c.secret, c.id, down, n)
	return nil
}
