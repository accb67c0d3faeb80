package cli_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/stream"
)

// connect opens a connection of the demonstration's app that takes callbacks of a
// topic, and answers each with what it was sent.
func connect(t *testing.T, w *platformtest.World, topic string) {
	t.Helper()
	body := `{"clientId":"` + string(w.Demo.Key) + `","clientSecret":"` + w.Demo.Secret + `","ua":"cli-test","subscriptions":[{"type":"CALLBACK","topic":"` + topic + `"}]}`
	ticket := w.V2("", "POST", "/v1.0/gateway/connections/open", body).OK(t)["ticket"].(string)
	conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(w.URL, "http")+stream.Path+"?ticket="+ticket, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	go func() {
		for {
			_, text, err := conn.Read(context.Background())
			if err != nil {
				return
			}
			var f stream.Frame
			if err := json.Unmarshal(text, &f); err != nil {
				t.Error(err)
				return
			}
			answer, err := json.Marshal(map[string]any{"code": 200, "headers": f.Headers, "message": "OK", "data": `{"response":` + f.Data + `}`})
			if err != nil {
				t.Error(err)
				return
			}
			if err := conn.Write(context.Background(), websocket.MessageText, answer); err != nil {
				return
			}
		}
	}()
}

func TestEventsOverConnections(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	const topic = "/v1.0/card/instances/callback"
	if out := c.ok(words("events connections")...); strings.Count(out, "\n") != 1 {
		t.Errorf("connections prints:\n%s", out)
	}
	c.fails(1, words("events callback --topic "+topic), "gatepost events connections")
	connect(t, w, topic)
	for deadline := time.Now().Add(30 * time.Second); len(w.Stream.Connections(w.Demo.Corp, 0)) == 0; time.Sleep(time.Millisecond) { // it is let in before it is listed
		if time.Now().After(deadline) {
			t.Fatal("it is not listed")
		}
	}
	if out := c.ok(words("events connections --app " + string(w.Demo.Key))...); !strings.Contains(out, "cli-test") || !strings.Contains(out, topic) || !strings.Contains(out, "127.0.0.1") {
		t.Errorf("connections prints:\n%s", out)
	}
	out := c.ok("events", "callback", "--topic", topic, "--data", `{"outTrackId":"42"}`)
	if !strings.Contains(out, `{"outTrackId":"42"}`) || !strings.Contains(out, "200") {
		t.Errorf("callback prints:\n%s", out)
	}
	c.fails(2, words("events callback"), "--topic")
	c.fails(1, words("events connections --app nobody"), "nobody")
}
