package stream

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// Frame is what the platform sends: text, one JSON object. All headers are texts
// and data is text that holds JSON; clients decode nothing else (stream.md §3).
type Frame struct {
	Version string            `json:"specVersion"`
	Type    string            `json:"type"`
	Headers map[string]string `json:"headers"`
	Data    string            `json:"data"`
}

// The types of frames and of what a client subscribes to.
const (
	typeSystem   = "SYSTEM"
	typeEvent    = "EVENT"
	typeCallback = "CALLBACK"
)

// everyEvent is the one topic of events: clients look for their handler by it.
const everyEvent = "*"

func newFrame(kind, topic, message, data string, now time.Time) Frame {
	return Frame{Version: "1.0", Type: kind, Data: data, Headers: map[string]string{
		"topic": topic, "messageId": message, "contentType": "application/json", "time": strconv.FormatInt(now.UnixMilli(), 10)}}
}

// eventFrame tells of h. The envelope of an event is in the headers and not in
// the data (stream.md §6).
func eventFrame(h event.Happened, a id.App, message string, now time.Time) Frame {
	f := newFrame(typeEvent, everyEvent, message, h.Payload, now)
	f.Headers["eventId"] = strconv.FormatInt(int64(h.ID), 10)
	f.Headers["eventType"] = string(h.Name)
	f.Headers["eventCorpId"] = string(h.ToldCorp())
	f.Headers["eventBornTime"] = strconv.FormatInt(h.At.UnixMilli(), 10)
	f.Headers["eventUnifiedAppId"] = string(a)
	return f
}

// callbackFrame asks a client that subscribed to topic. Nothing of it is kept, so
// its id is all there is to know it by.
func callbackFrame(a id.App, topic, data, connection, message string, now time.Time) Frame {
	f := newFrame(typeCallback, topic, message, data, now)
	f.Headers["appId"], f.Headers["connectionId"] = string(a), connection
	return f
}

// disconnectFrame asks a client to connect elsewhere.
func disconnectFrame(reason, connection, message string, now time.Time) Frame {
	data, err := json.Marshal(map[string]string{"reason": reason})
	if err != nil {
		data = []byte("{}") // a text always has a JSON form
	}
	f := newFrame(typeSystem, "disconnect", message, string(data), now)
	f.Headers["connectionId"] = connection
	return f
}

// reply is what a client answers.
type reply struct {
	Code    int               `json:"code"`
	Headers map[string]string `json:"headers"`
	Message string            `json:"message"`
	Data    string            `json:"data"`
}

// parseReply reads an answer. Headers beside messageId, and values that are no
// texts, are of no concern.
func parseReply(text []byte) (reply, error) {
	var loose struct {
		Code    int                        `json:"code"`
		Headers map[string]json.RawMessage `json:"headers"`
		Message string                     `json:"message"`
		Data    json.RawMessage            `json:"data"`
	}
	if err := json.Unmarshal(text, &loose); err != nil {
		return reply{}, fmt.Errorf("stream: an answer is no JSON object: %w", err)
	}
	r := reply{Code: loose.Code, Message: loose.Message, Data: textOf(loose.Data), Headers: map[string]string{}}
	for name, raw := range loose.Headers {
		r.Headers[name] = textOf(raw)
	}
	return r, nil
}

// textOf is a JSON text without its quotes, or anything else as it is written.
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// verdict is what an answer to an event means. One without a status is a yes:
// the official Python client sends the event back (stream.md §6).
func (r reply) verdict() delivery.Answer {
	a := delivery.Answer{Status: r.Code, Outcome: event.Accepted, Text: r.Message}
	var said struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal([]byte(r.Data), &said) // what is no object says nothing
	if said.Message != "" {
		a.Text = said.Message
	}
	switch {
	case said.Status == "LATER":
		a.Outcome = event.Later
	case r.Code != 200:
		a.Outcome = event.Failed
	}
	if len(a.Text) > maxKept {
		a.Text = a.Text[:maxKept]
	}
	return a
}

// response is what an answer to a callback says: three of the official clients wrap
// it and the fourth does not (stream.md §7).
func (r reply) response() string {
	var wrapped struct {
		Response json.RawMessage `json:"response"`
	}
	if json.Unmarshal([]byte(r.Data), &wrapped) == nil && wrapped.Response != nil {
		return string(wrapped.Response)
	}
	return r.Data
}

// maxKept is how much of what a client says is kept.
const maxKept = 200
