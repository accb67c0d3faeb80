package tunnel

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// How connections are watched.
const (
	pingEvery   = 5 * time.Second
	pingTimeout = 10 * time.Second
	writeLimit  = 10 * time.Second
	maxAnswer   = 256 << 10 // bytes of a frame; of an answer package callback reads 64 KiB
	notedEvery  = 12        // pings after which it is noted that somebody listens
	leaveAfter  = 3 * time.Second
)

// Why the platform ends a connection. A listener does not come back after these.
const (
	TakenOver websocket.StatusCode = 4001 // a newer connection is there
	Removed   websocket.StatusCode = 4002 // the tunnel is no more
)

// socket is one connection of a listener.
type socket struct {
	Admitted
	conn *websocket.Conn
	gone chan struct{} // closed when the connection is over

	idle chan struct{} // closed when it is leaving and nothing is under way

	mu      sync.Mutex
	count   int64 // tries so far
	under   int   // of them under way
	leaving bool
	waiting map[string]chan answered // by try
}

// Serve speaks with a listener until the connection ends, or ctx does.
func (t *Tunnels) Serve(ctx context.Context, a Admitted, conn *websocket.Conn) {
	conn.SetReadLimit(maxAnswer)
	s := &socket{Admitted: a, conn: conn, gone: make(chan struct{}), idle: make(chan struct{}), waiting: map[string]chan answered{}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !t.add(s) {
		_ = conn.Close(websocket.StatusGoingAway, "the platform stops")
		return
	}
	defer t.serving.Done()
	defer t.drop(s)
	defer close(s.gone)
	go t.keep(ctx, s)
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			_ = conn.CloseNow()
			return
		}
		var got answered
		if json.Unmarshal(text, &got) == nil {
			s.answered(got)
		}
	}
}

// add takes a connection in, in the place of an older one.
func (t *Tunnels) add(s *socket) bool {
	at := place{s.Corp, s.Subscription}
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return false
	}
	out := t.sockets[at]
	if out == nil || out.serial < s.serial {
		t.sockets[at] = s
	} else {
		out = s
	}
	t.serving.Add(1)
	t.mu.Unlock()
	if out != nil {
		go func() { _ = out.conn.Close(TakenOver, "taken over by a newer connection") }()
	}
	t.present(at)
	return true
}

// drop takes a connection out, if it is still the one that is used.
func (t *Tunnels) drop(s *socket) {
	at := place{s.Corp, s.Subscription}
	t.mu.Lock()
	if t.sockets[at] == s {
		delete(t.sockets, at)
	}
	t.mu.Unlock()
	t.present(at)
}

// present tells whether there is a listener. Calls follow each other, so that the
// last one is right.
func (t *Tunnels) present(at place) {
	t.turn.Lock()
	defer t.turn.Unlock()
	t.mu.Lock()
	_, here := t.sockets[at]
	t.mu.Unlock()
	if here {
		t.Came(at.corp, at.sub)
	} else {
		t.Gone(at.corp, at.sub)
	}
}

// Leave ends every connection when what is under way over it was answered, or
// after three seconds: listeners come back elsewhere, or when the platform is
// there again.
func (t *Tunnels) Leave() {
	t.mu.Lock()
	t.closed = true
	var all []*socket
	for _, s := range t.sockets {
		all = append(all, s)
	}
	t.mu.Unlock()
	for _, s := range all {
		go func() {
			s.finish()
			_ = s.conn.Close(websocket.StatusGoingAway, "the platform stops")
		}()
	}
	t.serving.Wait()
}

// keep asks now and then whether the other end is still there and still the
// newest, and notes that somebody listens.
func (t *Tunnels) keep(ctx context.Context, s *socket) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		if n%notedEvery == 0 {
			_ = t.listening(ctx, s.Admitted) // in a minute it is noted again
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		limited, cancel := context.WithTimeout(ctx, pingTimeout)
		err := s.conn.Ping(limited)
		cancel()
		if err != nil {
			_ = s.conn.CloseNow() // ends Serve
			return
		}
		t.check(ctx, s)
	}
}

// check ends a connection whose tunnel is gone or has a newer one.
func (t *Tunnels) check(ctx context.Context, s *socket) {
	newest, there, err := t.current(ctx, s.Admitted)
	switch {
	case err != nil: // asked again
	case !there:
		_ = s.conn.Close(Removed, "the tunnel was removed")
	case !newest:
		_ = s.conn.Close(TakenOver, "taken over by a newer connection")
	}
}

// begin begins a try and returns its number; ok is false when the connection is
// about to end.
func (s *socket) begin() (try string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leaving {
		return "", false
	}
	s.count++
	s.under++
	return strconv.FormatInt(s.count, 10), true
}

// end ends a try.
func (s *socket) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.under--; s.leaving && s.under == 0 {
		close(s.idle)
	}
}

// finish begins no more tries, and waits for those under way, not for long.
func (s *socket) finish() {
	s.mu.Lock()
	if s.leaving = true; s.under == 0 {
		close(s.idle)
	}
	s.mu.Unlock()
	patience := time.NewTimer(leaveAfter)
	defer patience.Stop()
	select {
	case <-s.idle:
	case <-s.gone:
	case <-patience.C:
	}
}

func (s *socket) answered(a answered) {
	s.mu.Lock()
	ch := s.waiting[a.ID]
	delete(s.waiting, a.ID)
	s.mu.Unlock()
	if ch != nil {
		ch <- a // it has room for one
	}
}

// ask sends a delivery and waits for the answer; ok is false if the connection
// or ctx ended before.
func (s *socket) ask(ctx context.Context, d delivered) (a answered, ok bool) {
	ch := make(chan answered, 1)
	s.mu.Lock()
	s.waiting[d.ID] = ch
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waiting, d.ID)
		s.mu.Unlock()
	}()
	s.tell(ctx, d)
	select {
	case a := <-ch:
		return a, true
	case <-s.gone:
	case <-ctx.Done():
	}
	return answered{}, false
}

// tell sends a frame. One that could not be sent whole ends the connection, so
// its time limit is longer than that of one event.
func (s *socket) tell(ctx context.Context, d delivered) {
	text, err := json.Marshal(d)
	if err == nil {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
		defer cancel()
		err = s.conn.Write(limited, websocket.MessageText, text)
	}
	if err != nil {
		_ = s.conn.CloseNow()
	}
}
