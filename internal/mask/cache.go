package mask

import (
	"strings"
	"sync"

	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
)

// maxCached bounds how many corps one node remembers.
const maxCached = 4096

// cache keeps sheets until their corp changes.
type cache struct {
	limit int

	mu    sync.RWMutex
	moves uint64 // how often anything was dropped
	corps map[id.Corp]*sheet
}

func newCache(limit int) *cache { return &cache{limit: limit, corps: map[id.Corp]*sheet{}} }

func (c *cache) get(corp id.Corp) *sheet {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.corps[corp]
}

// generation is what keep wants to know of the moment before the read.
func (c *cache) generation() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.moves
}

// keep keeps a sheet unless something was dropped since the generation before it
// was read: then it may be older than that change. A full cache gives up any
// other, as Go walks maps in random order.
func (c *cache) keep(corp id.Corp, s *sheet, before uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moves != before {
		return
	}
	if _, there := c.corps[corp]; !there && len(c.corps) >= c.limit {
		for other := range c.corps {
			delete(c.corps, other)
			break
		}
	}
	c.corps[corp] = s
}

// drop forgets the corp that topic names.
func (c *cache) drop(topic string) {
	corp, ok := strings.CutPrefix(topic, clock.Topic(""))
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moves++
	delete(c.corps, id.Corp(corp))
}
