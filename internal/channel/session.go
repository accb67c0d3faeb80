package channel

import (
	"bytes"
	"context"
	"crypto/hpke"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
)

const (
	helloTime = 10 * time.Second // for the handshake
	writeTime = 30 * time.Second // for one frame to a client that reads slowly
	glance    = 5 * time.Second  // how often a quiet session looks at the clock
	part      = 256 << 10        // bytes of an answer in one frame
)

// session is one client's, on the platform's side.
type session struct {
	server *Server
	ws     *websocket.Conn
	from   op.Request      // where it came from, of every call
	ctx    context.Context // ends with the session
	cancel context.CancelFunc

	up       *line         // the reading goroutine's
	slots    chan struct{} // one for each call under way
	answered atomic.Int64

	mu     sync.Mutex // of what follows, and of writing
	down   *line
	id     []byte
	secret []byte
	asked  hpke.PrivateKey // for the next key, while the client has not answered
	began  time.Time
	keyed  time.Time // the present key
	asking time.Time
	heard  time.Time
	bound  [sha256.Size]byte // digest of the credential; zero: none yet
	over   bool
}

func newSession(ctx context.Context, s *Server, ws *websocket.Conn, from op.Request) *session {
	ctx, cancel := context.WithCancel(ctx)
	return &session{server: s, ws: ws, from: from, ctx: ctx, cancel: cancel, slots: make(chan struct{}, s.Limits.Calls)}
}

// run is the life of a session. It returns why it ended, when every call of it has.
func (s *session) run() Reason {
	ctx := s.ctx
	var calls sync.WaitGroup
	defer calls.Wait()
	defer s.cancel()
	err := s.hello(ctx)
	if err == nil {
		calls.Go(func() { s.watch(ctx) })
		err = s.read(ctx, &calls)
	}
	reason := reasonOf(err)
	s.end(reason)
	return reason
}

// hello makes the keys.
func (s *session) hello(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, helloTime)
	defer cancel()
	typ, came, err := s.ws.Read(ctx)
	if err != nil {
		return err
	}
	if typ != websocket.MessageText {
		return ended(BadHello)
	}
	reply, id, secret, err := answerHello(s.server.Key, came, s.server.Limits)
	if err != nil {
		return err
	}
	now := s.server.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.id, s.secret, s.began, s.keyed, s.heard = id, secret, now, now, now
	s.up, s.down = newLine(secret, id, up, 1), newLine(secret, id, down, 1)
	return s.ws.Write(ctx, websocket.MessageText, reply)
}

// read takes frames until the session ends.
func (s *session) read(ctx context.Context, calls *sync.WaitGroup) error {
	for {
		typ, frame, err := s.ws.Read(ctx)
		if err != nil {
			return err
		}
		if typ != websocket.MessageBinary {
			return ended(Malformed)
		}
		plain, err := s.up.open(frame)
		if err != nil {
			return err
		}
		m, err := decode(plain)
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.heard = s.server.Now()
		s.mu.Unlock()
		switch m.kind {
		case kindCall:
			err = s.take(ctx, m, calls)
		case kindRekeyed:
			err = s.rekeyed(m.body)
		case kindClose:
			return ended(Done)
		default:
			err = ended(Malformed)
		}
		if err == nil {
			err = s.look(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// take starts a call. With as many under way as the session may have it waits,
// and so does the client: what it sends is not read.
func (s *session) take(ctx context.Context, m message, calls *sync.WaitGroup) error {
	var c Call
	if err := json.Unmarshal(m.head, &c); err != nil || !strings.HasPrefix(c.Path, "/") || c.Method == "" {
		return ended(Malformed)
	}
	c.Body = m.body
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	calls.Go(func() {
		defer func() { <-s.slots }()
		if err := s.answer(ctx, m.call, s.serve(ctx, c)); err != nil {
			s.cancel()
		}
	})
	return nil
}

// serve has the gateway answer a call.
func (s *session) serve(ctx context.Context, c Call) op.Answer {
	head := lines(c.Header)
	q := s.from
	q.Method, q.Path, q.Query, q.Head, q.Length = c.Method, c.Path, c.Query, head, int64(len(c.Body))
	if len(c.Body) > 0 {
		q.Body = bytes.NewReader(c.Body)
	}
	if !s.same(&q) {
		lang := "zh"
		if strings.HasPrefix(head.Get("Accept-Language"), "en") {
			lang = "en"
		}
		return op.DialectOf(c.Path).Refuse(op.Refusal{Path: c.Path, Lang: lang, Gate: true}, apierror.ChannelOtherCredential.With())
	}
	return s.server.Gateway.Serve(ctx, &q)
}

// same reports whether a call brings the session's credential, or none. The
// first that comes is the session's from then on.
func (s *session) same(q *op.Request) bool {
	credential, err := op.DialectOf(q.Path).Credential(q)
	if err != nil || credential == "" {
		return true // the gateway says what is wrong
	}
	digest := sha256.Sum256([]byte(credential))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bound == [sha256.Size]byte{} {
		s.bound = digest
	}
	return subtle.ConstantTimeCompare(digest[:], s.bound[:]) == 1
}

// answer sends an answer in parts.
func (s *session) answer(ctx context.Context, call uint32, a op.Answer) error {
	s.answered.Add(1)
	to := &sink{session: s, ctx: ctx, call: call, head: spell(Answer{Status: a.Status, Header: append([][2]string{{"Content-Type", a.Type}}, a.Header...)})}
	if a.Stream == nil {
		if _, err := to.Write(a.Body); err != nil {
			return err
		}
		return to.send(last)
	}
	if _, err := a.Stream(to); err != nil {
		return to.send(last | broken)
	}
	return to.send(last)
}

func (s *session) send(ctx context.Context, m message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(ctx, m)
}

// write sends a frame; s.mu is held, so frames go out in the order of their numbers.
func (s *session) write(ctx context.Context, m message) error {
	if s.over {
		return ended(Done)
	}
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	return s.ws.Write(ctx, websocket.MessageBinary, s.down.seal(m.encode()))
}

// watch looks at the clock while nothing comes.
func (s *session) watch(ctx context.Context) {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.look(ctx); err != nil {
				s.end(reasonOf(err))
				return
			}
		}
	}
}

// look does what is due by the clock.
func (s *session) look(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, l := s.server.Now(), s.server.Limits
	switch {
	case now.Sub(s.began) >= l.Life:
		return ended(Old)
	case now.Sub(s.heard) >= l.Idle && len(s.slots) == 0:
		return ended(Idle)
	case s.asked != nil && now.Sub(s.asking) >= l.Grace:
		return ended(NoNewKey)
	case s.asked == nil && now.Sub(s.keyed) >= l.Rekey:
		return s.rekey(ctx, now)
	}
	return nil
}

// rekey asks the client for the next key; s.mu is held.
func (s *session) rekey(ctx context.Context, now time.Time) (err error) {
	if s.asked, err = kem().GenerateKey(); err != nil {
		return err
	}
	s.asking = now
	return s.write(ctx, message{kind: kindRekey, body: s.asked.PublicKey().Bytes()})
}

// rekeyed takes the client's answer: what the client sends from now on, and what
// it is sent, is under the next key.
func (s *session) rekeyed(sealed []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked == nil {
		return ended(Malformed)
	}
	exchanged, err := decapsulate(s.asked, sealed)
	if err != nil {
		return ended(Malformed)
	}
	s.asked, s.keyed, s.secret = nil, s.server.Now(), following(s.secret, exchanged)
	n := s.up.number + 1
	s.up, s.down = newLine(s.secret, s.id, up, n), newLine(s.secret, s.id, down, n)
	// Tells the client at once that the old key is out of use.
	return s.write(context.Background(), message{kind: kindRekey})
}

// end tells the client why and closes. Only the first reason counts.
func (s *session) end(r Reason) {
	s.mu.Lock()
	if s.over {
		s.mu.Unlock()
		return
	}
	if s.down != nil && r != Truncated {
		_ = s.write(context.Background(), message{kind: kindClose, head: spell(closing{r})}) // it may be gone
	}
	s.over = true
	clear(s.secret)
	s.mu.Unlock()
	_ = s.ws.Close(r.status(), string(r)) // likewise; it waits for the client's word, for seconds at most
	s.cancel()
}

// drain lets the calls under way finish and ends the session.
func (s *session) drain(ctx context.Context) {
	for range cap(s.slots) {
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			s.end(Shutdown)
			return
		}
	}
	s.end(Shutdown)
}
