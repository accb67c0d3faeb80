package stream

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Path is where connections are opened; clients of Java take no other.
const Path = "/connect"

// Door lets clients in that bring a ticket. It is the http.Handler for Path.
type Door struct {
	Hub   *Hub
	Calls *id.Calls
	// Origin fills in where a request came from.
	Origin func(q *op.Request, r *http.Request)
}

// ServeHTTP implements http.Handler. The connection outlives the request, whose
// memory is free once the client is in.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var client Client
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") { // else the ticket is not taken; Accept says what is missing
		var err error
		if client, err = d.Hub.admit(r.Context(), r.URL.Query().Get("ticket")); err != nil {
			d.refuse(w, r, err)
			return
		}
	}
	// A page of another host is no danger: nothing but the ticket lets anybody in.
	conn, err := websocket.Accept(slim{w}, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered
	}
	var q op.Request
	d.Origin(&q, r)
	client.Remote = q.IP.String()
	go d.Hub.Serve(client, conn)
}

// slim hands a connection over with small buffers: most connections rest most of
// the time, and frames that are larger pass their buffer by.
type slim struct{ http.ResponseWriter }

// restingBuffer is what a connection that rests keeps in each direction, in bytes.
const restingBuffer = 512

// Hijack implements http.Hijacker.
func (s slim) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	begun, err := rw.Peek(rw.Reader.Buffered()) // what came with the request
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	var from io.Reader = conn
	if len(begun) > 0 {
		from = io.MultiReader(bytes.NewReader(bytes.Clone(begun)), conn)
	}
	small := bufio.NewReaderSize(from, max(restingBuffer, len(begun)))
	if _, err := small.Peek(len(begun)); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return conn, bufio.NewReadWriter(small, bufio.NewWriterSize(conn, restingBuffer)), nil
}

// refuse answers in the manner of v2 operations: clients ask for another ticket on
// any status of an error.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *apierror.Refusal
	call := d.Calls.New()
	if !errors.As(err, &refusal) {
		d.Hub.logger.ErrorContext(r.Context(), "a connection was not opened", "call", call.V2(), "err", err)
		refusal = apierror.From(err)
	}
	lang := "zh"
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en") {
		lang = "en"
	}
	a := op.DialectV2.Refuse(op.Refusal{Call: call, Path: Path, Lang: lang}, refusal)
	w.Header().Set("Content-Type", a.Type)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the client is gone
}
