package event_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const acme id.Corp = "ding0000000000000000000000000000acme"

// Payloads stand sealed, are read again, and follow their corp's key; so does
// where those were whom they name.
func TestPayloadsAreSealed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := func() time.Time { return time.UnixMilli(1_800_000_000_000) }
		clk, err := clock.New(t.Context(), db, now)
		if err != nil {
			t.Fatal(err)
		}
		keys := keyringtest.New(t, db)
		log := event.New(db, clk, keys, id.NewCalls(1, now))
		keys.Tables = log.SealedTables()
		emit := func() error {
			_, err := store.Update(t.Context(), db, func(tx *store.Tx) (id.Event, error) {
				return log.Emit(tx, acme, event.UserAdded, "person:lina", event.People{TimeStamp: "1", UserID: []id.User{"marked"}}.Was([]id.Dept{1, 7}))
			})
			return err
		}
		if err := emit(); err != nil {
			t.Fatal(err)
		}
		sealed := func() (key int64, text string) {
			t.Helper()
			_, err := store.View(t.Context(), db, func(tx *store.Tx) (int, error) {
				return store.One(tx, sealedOf, func(r store.Row) (int, error) { return 0, r.Scan(&key, &text) }, acme)
			})
			if err != nil {
				t.Fatal(err)
			}
			return key, text
		}
		if key, text := sealed(); key != 1 || strings.Contains(text, "marked") {
			t.Errorf("under key %d stands %q", key, text)
		}

		second, err := keys.Rotate(t.Context(), acme)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := reseal(t, db, log, second); err != nil || n != 1 {
			t.Fatalf("sealed %d anew: %v", n, err)
		}
		if n, err := reseal(t, db, log, second); err != nil || n != 0 {
			t.Errorf("sealed %d that were under the key already: %v", n, err)
		}
		if key, _ := sealed(); key != second {
			t.Errorf("stands under key %d, not %d", key, second)
		}
		status, err := keys.Status(t.Context(), acme)
		if err != nil || status.Tables[0].Older != 0 || status.Tables[0].All != 1 {
			t.Errorf("%+v, %v", status, err)
		}
		for _, f := range []event.Filter{{}, {Name: event.UserAdded}, {Object: "person:lina"}} {
			list, err := log.List(t.Context(), acme, f, 10)
			if err != nil || len(list) != 1 || list[0].Payload != `{"timeStamp":"1","userId":["marked"]}` || !slices.Equal(list[0].Was, []id.Dept{1, 7}) {
				t.Errorf("%+v lists %+v, %v", f, list, err)
			}
		}
	})
}

func reseal(t *testing.T, db *store.DB, log *event.Log, key int64) (int, error) {
	t.Helper()
	return store.Update(t.Context(), db, func(tx *store.Tx) (int, error) { return log.SealedTables()[0].Reseal(tx, acme, key, 10) })
}

const sealedOf store.SQL = `SELECT key_id, sealed FROM events WHERE corp = $1 ORDER BY id LIMIT 1`
