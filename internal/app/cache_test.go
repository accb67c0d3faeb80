package app

import (
	"fmt"
	"testing"

	"github.com/gatepost/gatepost/internal/id"
)

func cachedApp(corp id.Corp, n int) *App {
	return &App{Corp: corp, Agent: id.Agent(n), Key: id.App(fmt.Sprint(corp, n))}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache(100)
	busy := cachedApp("busy", 0)
	c.keep(busy, 0)
	for n := range 1000 {
		if c.byKey(busy.Key) == nil {
			t.Fatalf("an app that is asked for all the time was given up after %d others", n)
		}
		c.keep(cachedApp(id.Corp(fmt.Sprint("corp", n%7)), n), 0)
	}
	if len(c.keys) != 100 || len(c.places) != 100 {
		t.Errorf("%d keys and %d places are kept", len(c.keys), len(c.places))
	}
	kept := 0
	for _, apps := range c.corps {
		kept += len(apps)
	}
	if kept != 100 {
		t.Errorf("%d apps are filed by corp", kept)
	}
}

func TestCacheDropsOneCorp(t *testing.T) {
	t.Parallel()
	c := newCache(100)
	c.keep(cachedApp("a", 1), 0)
	c.keep(cachedApp("b", 1), 0)
	c.drop("corp:a")
	c.drop("elsewhere:b")
	if c.byKey("a1") != nil || c.at(place{"a", 1}) != nil {
		t.Error("the changed corp's app is still there")
	}
	if c.byKey("b1") == nil || c.at(place{"b", 1}) == nil {
		t.Error("another corp's app is gone")
	}
	c.keep(cachedApp("a", 1), 0)
	if c.byKey("a1") != nil {
		t.Error("what was read before the change was kept after it")
	}
}
