package clock

import (
	"context"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

func TestMovedClockIsToldAtOnceAndEverywhere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		real := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		now := func() time.Time { return real }
		here, err := New(t.Context(), db, now)
		if err != nil {
			t.Fatal(err)
		}
		there, err := New(t.Context(), db, now)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go there.Run(ctx)

		if err := here.Move(t.Context(), "a", 2*time.Hour); err != nil {
			t.Fatal(err)
		}
		if err := here.Move(t.Context(), "a", -30*time.Minute); err != nil {
			t.Fatal(err)
		}
		if got := here.At("a").Sub(real); got != 90*time.Minute {
			t.Errorf("moved by %s", got)
		}
		if here.At("b") != real || here.Real() != real {
			t.Error("another corp's time moved with it")
		}
		for deadline := time.Now().Add(2 * time.Second); there.Offset("a") != 90*time.Minute; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the other clock stands at %s", there.Offset("a"))
			}
		}
		if err := here.Reset(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		again, err := New(t.Context(), db, now)
		if err != nil || again.At("a") != real || here.At("a") != real {
			t.Errorf("reset: %v, %v", again.At("a"), err)
		}
	})
}
