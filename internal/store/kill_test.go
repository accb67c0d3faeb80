package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// What tells the test binary to be the process that is killed, and where it writes.
const (
	victimDir      = "GATEPOST_STORE_VICTIM_DIR"
	victimPostgres = "GATEPOST_STORE_VICTIM_POSTGRES"
)

func TestMain(m *testing.M) {
	c := store.Config{Dir: os.Getenv(victimDir), Postgres: os.Getenv(victimPostgres)}
	if c.Dir != "" || c.Postgres != "" {
		if err := writeForever(c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeForever writes rows from several goroutines and prints the name of each once it is acknowledged.
func writeForever(c store.Config) error {
	db, err := store.Open(context.Background(), c)
	if err != nil {
		return err
	}
	var print sync.Mutex
	failed := make(chan error)
	for writer := range 8 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d", writer, i)
				if err := put(context.Background(), db, name, "v"); err != nil {
					failed <- err
					return
				}
				print.Lock()
				fmt.Println(name)
				print.Unlock()
			}
		}()
	}
	return <-failed
}

// Every row that was acknowledged before the process died is there afterwards.
func TestKill(t *testing.T) {
	t.Parallel()
	configs(t, func(t *testing.T, c store.Config) {
		c.Volatile = false
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
		const enough = 200
		var acknowledged []string
		lines := bufio.NewReader(out)
		for {
			name, err := lines.ReadString('\n')
			if err != nil { // what it had printed before it died has been read, except for half a line
				break
			}
			acknowledged = append(acknowledged, strings.TrimSpace(name))
			if len(acknowledged) == enough {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed
		if len(acknowledged) < enough {
			t.Fatalf("the process wrote %d rows", len(acknowledged))
		}
		db, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		found, err := store.View(t.Context(), db, func(tx *store.Tx) ([]string, error) {
			return store.All(tx, namesIn, text, store.List(acknowledged))
		})
		if err != nil || len(found) != len(acknowledged) {
			t.Errorf("%d of %d acknowledged rows are there, %v", len(found), len(acknowledged), err)
		}
	})
}

// A database in a directory waits for the disk unless it is told not to.
func TestDurableByDefault(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), store.Config{Dir: storetest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Raw(t.Context(), "PRAGMA synchronous")
	if err != nil || fmt.Sprint(rows) != "[[2]]" {
		t.Errorf("synchronous = %v, %v; want 2, which is FULL", rows, err)
	}
}
