package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/store"
)

const corp id.Corp = "dingbench0000000000000000000000bench"

// people is the number of objects that events are of.
const people = 1000

// happened is the n-th message, for those that post without a queue.
func happened(n int) event.Happened {
	return event.Happened{Corp: corp, ID: id.Event(n + 1), Name: event.UserAdded, At: time.Now(), Payload: payloadText(n)}
}

// payload is about as long as that of a change of a person's record: 480 bytes as JSON. Its time is in nanoseconds, by which
// the receiver tells how long it was on its way.
func payload(n int) event.People {
	p := event.People{TimeStamp: strconv.FormatInt(time.Now().UnixNano(), 10), UserID: []id.User{person(n)}}
	for i := range 12 {
		p.UserID = append(p.UserID, id.User(fmt.Sprintf("colleague-%016d-%02d", n, i)))
	}
	return p
}

func payloadText(n int) string {
	text, err := added().Encode(payload(n))
	if err != nil {
		panic(err)
	}
	return text
}

// added is the declaration, which takes a while to be made.
var added = sync.OnceValue(func() *event.Event {
	e, ok := event.Find(event.UserAdded)
	if !ok {
		panic("user_add_org is not declared")
	}
	return &e
})

func person(n int) id.User { return id.User("u" + strconv.Itoa(n%people)) }

// poster posts messages, encrypted and signed.
type poster struct {
	way *callback.Callback
	to  callback.Receiver
}

func newPoster(to string) *poster {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 1024, 1024
	return &poster{callback.New(transport, time.Now), callback.Receiver{URL: to + "/events", Envelope: envelope()}}
}

func (p *poster) post(ctx context.Context, h event.Happened) error {
	text, err := callback.Message(h)
	if err != nil {
		return err
	}
	if a := p.way.Post(ctx, p.to, text); a.Outcome != event.Accepted {
		return fmt.Errorf("%d %s", a.Status, a.Text)
	}
	return nil
}

// outbox is the platform's own, on either engine.
type outbox struct {
	label, postgres string

	dir, schema string
	address     string // of the schema
	db          *store.DB
	log         *event.Log
}

const changed store.SQL = `INSERT INTO bench_changes (id, userid, name) VALUES ($1, $2, $3)`

func (o *outbox) name() string { return o.label }

func (o *outbox) open(ctx context.Context) (err error) {
	config := store.Config{}
	driver, address := "sqlite", ""
	if o.postgres == "" {
		if o.dir, err = os.MkdirTemp("", "gatepost-bench-"); err != nil {
			return err
		}
		config.Dir = o.dir
		address = filepath.Join(o.dir, "gatepost.db")
	} else {
		if o.schema, address, err = newSchema(ctx, o.postgres); err != nil {
			return err
		}
		driver, config.Postgres, o.address = "pgx", address, address
	}
	first, err := store.Open(ctx, config) // which makes the schema
	if err != nil {
		return err
	}
	if err := first.Close(); err != nil {
		return err
	}
	if err := run(ctx, driver, address, `CREATE TABLE bench_changes (id BIGINT NOT NULL PRIMARY KEY, userid TEXT NOT NULL, name TEXT NOT NULL)`); err != nil {
		return err
	}
	if o.db, err = store.Open(ctx, config); err != nil {
		return err
	}
	clk, err := clock.New(ctx, o.db, time.Now)
	if err != nil {
		return err
	}
	keys, err := keyring.New(ctx, o.db, make([]byte, 32), time.Now)
	if err != nil {
		return err
	}
	o.log = event.New(o.db, clk, keys, id.NewCalls(1, time.Now))
	if _, err = o.log.Subscribe(ctx, event.Subscription{Corp: corp, Agent: 1, Way: event.Callback, Names: []event.Name{event.UserAdded},
		Ordered: true, Most: workers, Timeout: 30 * time.Second, Settings: "{}", Secret: aesKey}); err != nil {
		return err
	}
	return keys.Warm(ctx, corp) // as whoever changes rows with sealed fields does
}

func (o *outbox) record(ctx context.Context, n int) error {
	p := payload(n)
	_, err := store.Update(ctx, o.db, func(tx *store.Tx) (id.Event, error) {
		if _, err := tx.Exec(changed, n, "user-"+strconv.Itoa(n), "name"); err != nil {
			return 0, err
		}
		return o.log.Emit(tx, corp, event.UserAdded, "person:"+string(person(n)), p)
	})
	return err
}

func (o *outbox) deliver(ctx context.Context, to string) (stop func(), err error) {
	post := newPoster(to)
	post.way.Receiver = func(context.Context, *event.Subscription) (callback.Receiver, error) { return post.to, nil }
	owner := delivery.New(o.db, o.log, time.Now, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	owner.Ways = map[event.Way]delivery.Way{event.Callback: post.way}
	owner.Mask = func(_ context.Context, _ *event.Subscription, h event.Happened) (event.Happened, bool, error) {
		return h, true, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- owner.Run(ctx) }()
	return func() { cancel(); <-done }, nil
}

func (o *outbox) close() {
	_ = o.db.Close()
	if o.dir != "" {
		_ = os.RemoveAll(o.dir)
	}
	if o.schema != "" {
		_ = run(context.Background(), "pgx", o.postgres, "DROP SCHEMA "+o.schema+" CASCADE")
	}
}

// newSchema makes a schema, and returns the URL that selects it.
func newSchema(ctx context.Context, base string) (name, address string, err error) {
	name = "bench_" + strings.ToLower(rand.Text())
	if err := run(ctx, "pgx", base, "CREATE SCHEMA "+name); err != nil {
		return "", "", err
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", "", err
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return name, u.String(), nil
}

// run runs one statement on a connection of its own.
func run(ctx context.Context, driver, address, statement string) error {
	db, err := sql.Open(driver, address)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}
