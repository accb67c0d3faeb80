package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
)

// listener carries callbacks from a platform to a local server.
type listener struct {
	*commands
	cl      *client
	to      *url.URL // nil: nowhere
	request map[string]any
	plain   bool
	local   *http.Client
	quit    context.CancelFunc

	subscription string // once the tunnel is open

	mu      sync.Mutex
	out     io.Writer
	last    *tunnelled          // what r sends again
	waiting map[string]*carried // answered, and the platform's word is awaited; by try
}

// tunnelled is a frame of the platform.
type tunnelled struct {
	Type     string              `json:"type"`
	ID       string              `json:"id"`
	Event    string              `json:"event"`
	EventID  string              `json:"eventId"`
	Object   string              `json:"object"`
	Attempt  int                 `json:"attempt"`
	Replayed bool                `json:"replayed"`
	Plain    string              `json:"plain"`
	Query    string              `json:"query"`
	Header   map[string][]string `json:"header"`
	Body     []byte              `json:"body"`
	Outcome  string              `json:"outcome"`
	Text     string              `json:"text"`
}

// localAnswer is what goes back.
type localAnswer struct {
	ID     string              `json:"id"`
	Status int                 `json:"status"`
	Header map[string][]string `json:"header"`
	Body   []byte              `json:"body"`
	Error  string              `json:"error"`
	Seen   bool                `json:"seen"`
}

// carried is a delivery with its answer.
type carried struct {
	of     *tunnelled
	answer localAnswer
	took   time.Duration
}

// receive reads frames until the connection ends.
func (l *listener) receive(ctx context.Context, conn *websocket.Conn) error {
	var under sync.WaitGroup
	defer under.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var f tunnelled
		if err := json.Unmarshal(text, &f); err != nil {
			return fmt.Errorf("the platform sent what this version does not understand: %w", err)
		}
		switch f.Type {
		case "delivery":
			under.Go(func() { l.deliver(ctx, conn, &f) })
		case "verdict":
			l.judged(&f)
		}
	}
}

// deliver hands one delivery to the local server and its answer to the platform.
func (l *listener) deliver(ctx context.Context, conn *websocket.Conn, f *tunnelled) {
	done := l.carry(ctx, f)
	text, err := json.Marshal(done.answer)
	if err != nil {
		return
	}
	l.mu.Lock()
	l.last = f
	l.waiting[f.ID] = done
	l.mu.Unlock()
	if conn.Write(ctx, websocket.MessageText, text) != nil {
		_ = conn.CloseNow() // it is told again
	}
}

// carry makes the request on this machine.
func (l *listener) carry(ctx context.Context, f *tunnelled) *carried {
	done := &carried{of: f, answer: localAnswer{ID: f.ID}}
	if l.to == nil {
		done.answer.Seen = true
		return done
	}
	began := l.Now()
	if err := l.post(ctx, f, &done.answer); err != nil {
		done.answer.Error = err.Error()
	}
	done.took = l.Now().Sub(began)
	return done
}

func (l *listener) post(ctx context.Context, f *tunnelled, a *localAnswer) error {
	to := *l.to
	to.RawQuery = f.Query
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(f.Body))
	if err != nil {
		return err
	}
	for name, values := range f.Header {
		r.Header[name] = values
	}
	got, err := l.local.Do(r)
	if err != nil {
		return errors.Unwrap(err) // without the address, which both ends know
	}
	defer got.Body.Close()
	a.Status, a.Header = got.StatusCode, got.Header
	a.Body, err = io.ReadAll(io.LimitReader(got.Body, maxLocal))
	return err
}

// judged shows a delivery when the platform has said what it thinks of the answer.
func (l *listener) judged(f *tunnelled) {
	l.mu.Lock()
	done := l.waiting[f.ID]
	delete(l.waiting, f.ID)
	l.mu.Unlock()
	if done != nil {
		l.show(done, f.Outcome, f.Text)
	}
}

// again sends the last delivery once more, as it was. The platform is not told:
// it is for the server on this machine alone.
func (l *listener) again(ctx context.Context) {
	l.mu.Lock()
	f := l.last
	l.mu.Unlock()
	switch {
	case f == nil:
		l.note("nothing has come yet")
		return
	case l.to == nil:
		l.note("there is nowhere to send it to: listen with --forward")
		return
	}
	done := l.carry(ctx, f)
	text := done.answer.Error
	if text == "" {
		text = string(done.answer.Body)
	}
	l.show(done, "again", text)
}

// shown is a delivery as machines read it.
type shown struct {
	Time     string `json:"time"`
	Event    string `json:"event"`
	EventID  string `json:"eventId"`
	Object   string `json:"object"`
	Attempt  int    `json:"attempt"`
	Replayed bool   `json:"replayed"`
	Status   int    `json:"status"`
	MS       int64  `json:"ms"`
	Outcome  string `json:"outcome"` // accepted, failed, later; again: sent again by hand
	Text     string `json:"text"`
	Plain    string `json:"plain,omitzero"`
}

// show prints one line, and a second with what is inside where that was asked for.
func (l *listener) show(done *carried, outcome, text string) {
	f := done.of
	s := shown{Time: l.Now().Format(time.RFC3339Nano), Event: f.Event, EventID: f.EventID, Object: f.Object, Attempt: f.Attempt, Replayed: f.Replayed,
		Status: done.answer.Status, MS: done.took.Milliseconds(), Outcome: outcome, Text: firstLine(text)}
	if l.plain {
		s.Plain = f.Plain
	}
	if l.json {
		l.line(s)
		return
	}
	status := "-"
	if s.Status != 0 {
		status = strconv.Itoa(s.Status)
	}
	line := fmt.Sprintf("%s  %-24s %-20s %3s %5dms", l.Now().Format(time.TimeOnly), s.Event, s.Object, status, s.MS)
	if s.Attempt > 1 {
		line += fmt.Sprintf("  try %d", s.Attempt)
	}
	if outcome != "accepted" {
		line += "  " + outcome + ": " + s.Text
	}
	if s.Plain != "" {
		line += "\n  " + s.Plain
	}
	l.say(line)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// greet says what is listened to, and by which keys.
func (l *listener) greet(o *opening) {
	if l.json {
		l.line(map[string]any{"listening": o.AppName, "subscription": o.Subscription, "token": o.Token, "aesKey": o.AESKey, "ownerKey": o.OwnerKey,
			"form": o.Form, "secret": o.Secret, "made": o.Made, "past": o.Past})
		return
	}
	where := "are shown here"
	if l.to != nil {
		where = "go to " + l.to.String()
	}
	l.say(fmt.Sprintf("callbacks of %s (%s) %s", o.AppName, o.AppKey, where))
	if o.Past > 0 {
		l.say(fmt.Sprintf("%d events of the past come first", o.Past))
	}
	switch {
	case o.Made && o.Secret != "":
		l.say("the app has no webhook of its own; verify with\nSECRET=" + o.Secret)
	case o.Made:
		l.say(fmt.Sprintf("the app has no callback of its own; decrypt with\nTOKEN=%s\nAES_KEY=%s\nOWNER_KEY=%s", o.Token, o.AESKey, o.OwnerKey))
	}
}

// note tells the person, and no machine, how things stand.
func (l *listener) note(text string) {
	if l.json {
		fmt.Fprintln(l.Err, text)
		return
	}
	l.say(text)
}

func (l *listener) line(v any) {
	text, err := json.Marshal(v)
	if err == nil {
		l.say(string(text))
	}
}

func (l *listener) say(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.out, text)
}
