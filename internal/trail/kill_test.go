package trail

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// What tells the test binary to be the process that is killed.
const (
	victimDir      = "GATEPOST_TRAIL_VICTIM_DIR"
	victimPostgres = "GATEPOST_TRAIL_VICTIM_POSTGRES"
)

func TestMain(m *testing.M) {
	c := store.Config{Dir: os.Getenv(victimDir), Postgres: os.Getenv(victimPostgres)}
	if c.Dir != "" || c.Postgres != "" {
		fmt.Fprintln(os.Stderr, noteForever(c))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// noteForever notes from several goroutines, seals now and then, and prints the
// call of each record that it was told to be committed.
func noteForever(c store.Config) error {
	ctx := context.Background()
	db, err := store.Open(ctx, c)
	if err != nil {
		return err
	}
	tr := New(db, make([]byte, 32), (&clock{now: noon}).real, slog.New(slog.DiscardHandler))
	go func() { _ = tr.Run(ctx) }()
	var print sync.Mutex
	failed := make(chan error)
	for writer := range 4 {
		go func() {
			for i := 0; ; i++ {
				r := Record{Corp: corp, Call: fmt.Sprintf("%d-%d", writer, i), As: "app", Op: "x", Fields: []string{"mobile"}, People: []string{"lina"}}
				err := tr.Note(ctx, r, i%2 == 0)
				if err == nil && i%20 == 0 {
					_, err = tr.Seal(ctx, corp)
				}
				if err != nil {
					failed <- err
					return
				}
				if i%2 == 0 {
					print.Lock()
					fmt.Println(r.Call)
					print.Unlock()
				}
			}
		}()
	}
	return <-failed
}

// A process that was killed leaves a whole chain, with every record that it was
// told to be committed.
func TestKill(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func() store.Config{
		"sqlite":   func() store.Config { return store.Config{Dir: storetest.Dir(t)} },
		"postgres": func() store.Config { return store.Config{Postgres: storetest.Postgres(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			if name == "postgres" && os.Getenv(storetest.PostgresVariable) == "" {
				t.Skip(storetest.PostgresVariable + " is not set")
			}
			c := config()
			told := killNoting(t, c)
			db, err := store.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			tr := New(db, make([]byte, 32), (&clock{now: noon}).real, slog.New(slog.DiscardHandler))
			if r := verify(t, tr, nil); r.Problem != nil || r.Seals == 0 {
				t.Errorf("%+v, %v", r, r.Problem)
			}
			rows, err := store.View(t.Context(), db, func(tx *store.Tx) ([]numbered, error) { return store.All(tx, contentsOf, scanNumbered, corp) })
			if err != nil {
				t.Fatal(err)
			}
			var there []string
			for _, row := range rows {
				r, err := parse(row.text)
				if err != nil {
					t.Fatal(err)
				}
				there = append(there, r.Call)
			}
			for _, call := range told {
				if !slices.Contains(there, call) {
					t.Errorf("%s was committed, and is not there", call)
				}
			}
		})
	}
}

// killNoting kills the process after it has told of enough records, and returns
// them.
func killNoting(t *testing.T, c store.Config) (told []string) {
	t.Helper()
	const enough = 100
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimDir+"="+c.Dir, victimPostgres+"="+c.Postgres)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		call, err := lines.ReadString('\n')
		if err != nil { // half a line is none
			break
		}
		if told = append(told, strings.TrimSpace(call)); len(told) == enough {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // killed
	if len(told) < enough {
		t.Fatalf("%d records", len(told))
	}
	return told
}
