package main

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	library "github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// river is River on PostgreSQL: a job for each event, inserted in the transaction of the change, whose worker posts the
// same message. It polls as often as it can be told to, and has many more workers than are needed: with fewer it is slower.
type river struct {
	postgres string

	schema  string
	pool    *pgxpool.Pool
	inserts *library.Client[pgx.Tx]
}

// job is the event in a job's arguments.
type job struct {
	ID      int64  `json:"id"`
	Made    int64  `json:"made"`
	Payload string `json:"payload"`
}

func (job) Kind() string { return "event" }

type worker struct {
	library.WorkerDefaults[job]
	post   *poster
	places chan struct{} // as many posts at once as the other systems make
}

func (w *worker) Work(ctx context.Context, j *library.Job[job]) error {
	w.places <- struct{}{}
	defer func() { <-w.places }()
	return w.post.post(ctx, event.Happened{Corp: corp, ID: id.Event(j.Args.ID), Name: event.UserAdded, At: time.UnixMilli(j.Args.Made), Payload: j.Args.Payload})
}

func (*river) name() string { return "River 0.51, PostgreSQL" }

func (r *river) open(ctx context.Context) (err error) {
	var address string
	if r.schema, address, err = newSchema(ctx, r.postgres); err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	q := u.Query()
	q.Set("pool_max_conns", "24")
	u.RawQuery = q.Encode()
	if r.pool, err = pgxpool.New(ctx, u.String()); err != nil {
		return err
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(r.pool), nil)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	if _, err := r.pool.Exec(ctx, `CREATE TABLE bench_changes (id BIGINT NOT NULL PRIMARY KEY, userid TEXT NOT NULL, name TEXT NOT NULL)`); err != nil {
		return err
	}
	r.inserts, err = library.NewClient(riverpgxv5.New(r.pool), &library.Config{Logger: quiet()})
	return err
}

func quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
}

func (r *river) record(ctx context.Context, n int) error {
	args := job{ID: int64(n) + 1, Made: time.Now().UnixMilli(), Payload: payloadText(n)}
	tx, err := r.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, `INSERT INTO bench_changes (id, userid, name) VALUES ($1, $2, $3)`, n, "user-"+strconv.Itoa(n), "name"); err != nil {
		return err
	}
	if _, err := r.inserts.InsertTx(ctx, tx, args, nil); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func (r *river) deliver(ctx context.Context, to string) (stop func(), err error) {
	list := library.NewWorkers()
	library.AddWorker(list, &worker{post: newPoster(to), places: make(chan struct{}, workers)})
	client, err := library.NewClient(riverpgxv5.New(r.pool), &library.Config{Logger: quiet(), Workers: list, FetchCooldown: 5 * time.Millisecond,
		FetchPollInterval: 100 * time.Millisecond, Queues: map[string]library.QueueConfig{library.QueueDefault: {MaxWorkers: 256}}})
	if err != nil {
		return nil, err
	}
	if err := client.Start(ctx); err != nil {
		return nil, err
	}
	return func() { _ = client.Stop(context.WithoutCancel(ctx)) }, nil
}

func (r *river) close() {
	r.pool.Close()
	_ = run(context.Background(), "pgx", r.postgres, "DROP SCHEMA "+r.schema+" CASCADE")
}
