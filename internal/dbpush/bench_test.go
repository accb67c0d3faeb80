package dbpush_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/dbpush"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

// still is a directory in which everybody is the same, so that what is measured is
// the writing.
type still struct{ dbpush.Objects }

func (still) State(_ context.Context, _ *event.Subscription, _ dbpush.Object, name string) (dbpush.State, error) {
	return dbpush.State{There: true, Errmsg: "ok", Content: fmt.Sprintf(`{"userid":%q,"name":"李娜","remark":%q}`, name, strings.Repeat("x", 400))}, nil
}

// BenchmarkRows measures rows a second by the size of a batch: new rows, and rows
// in the place of others. Rows are some 500 bytes long.
func BenchmarkRows(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *shelf{"mariadb": mariadbShelf, "postgres": postgresShelf} {
		for _, size := range []int{1, 10, 50} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) { benchRows(b, open(b).tables(), size) })
		}
	}
}

func benchRows(b *testing.B, sh *shelf, size int) {
	w := platformtest.Start(b)
	corp, session := w.Corp("Acme")
	a := w.App(corp, "crm", scope.Member)
	w.Console(session, "database.set", sh.request(a)).OK(b)
	list, err := w.Events.Subscriptions(b.Context(), corp, a.Agent)
	if err != nil {
		b.Fatal(err)
	}
	w.Databases.Objects = still{w.Databases.Objects}
	batch := make([]event.Delivery, size)
	const people = 5000 // after that rows take the place of others
	worst, n := time.Duration(0), 0
	for b.Loop() {
		for i := range batch {
			payload, err := json.Marshal(map[string][]string{"userId": {fmt.Sprint("user", n%people)}})
			if err != nil {
				b.Fatal(err)
			}
			n++
			batch[i] = event.Delivery{Happened: event.Happened{Corp: corp, ID: 1, Name: event.UserModified, Payload: string(payload)}, Subscription: list[0].ID}
		}
		began := time.Now()
		for _, answer := range w.Databases.Send(b.Context(), &list[0], batch) {
			if answer.Outcome != event.Accepted {
				b.Fatal(answer.Text)
			}
		}
		worst = max(worst, time.Since(began))
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
}
