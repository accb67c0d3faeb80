// Command streams opens connections for events to a platform, as an application would with many processes, and keeps them
// open, answering what it is asked, until its standard input ends. It prints a line when all are there. scripts/bench.sh
// looks meanwhile at what the platform takes for them.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	"github.com/coder/websocket"
)

func main() {
	url := flag.String("url", "http://127.0.0.1:8700", "address of the platform")
	key := flag.String("key", "", "AppKey")
	secret := flag.String("secret", "", "AppSecret")
	count := flag.Int("count", 10_000, "how many connections")
	flag.Parse()

	ask, err := json.Marshal(map[string]any{"clientId": *key, "clientSecret": *secret, "ua": "streams", "subscriptions": []map[string]string{{"type": "EVENT", "topic": "*"}}})
	if err != nil {
		log.Fatal(err)
	}
	var next, told atomic.Int64
	var crew sync.WaitGroup
	for range 16 {
		crew.Go(func() {
			for next.Add(1) <= int64(*count) {
				conn, err := open(*url, ask)
				if err != nil {
					log.Fatal(err)
				}
				go serve(conn, &told)
			}
		})
	}
	crew.Wait()
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Println("told", told.Load())
}

// open asks for a ticket and connects with it.
func open(url string, ask []byte) (*websocket.Conn, error) {
	answer, err := http.Post(url+"/v1.0/gateway/connections/open", "application/json", bytes.NewReader(ask))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var ticket struct{ Endpoint, Ticket, Message string }
	if err := json.NewDecoder(answer.Body).Decode(&ticket); err != nil || ticket.Ticket == "" {
		return nil, fmt.Errorf("no ticket: HTTP %d %s, %w", answer.StatusCode, ticket.Message, err)
	}
	conn, _, err := websocket.Dial(context.Background(), ticket.Endpoint+"?ticket="+ticket.Ticket, nil) //nolint:bodyclose // the answer to an upgrade has none
	return conn, err
}

// serve accepts every event.
func serve(conn *websocket.Conn, told *atomic.Int64) {
	for {
		_, text, err := conn.Read(context.Background())
		if err != nil {
			return
		}
		var f struct {
			Headers map[string]string `json:"headers"`
		}
		if err := json.Unmarshal(text, &f); err != nil {
			log.Fatal(err)
		}
		told.Add(1)
		reply := `{"code":200,"headers":{"messageId":"` + f.Headers["messageId"] + `"},"data":"{\"status\":\"SUCCESS\"}"}`
		if err := conn.Write(context.Background(), websocket.MessageText, []byte(reply)); err != nil {
			return
		}
	}
}
