package ratelimit

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// eachShards is how many locks the default rule's counts are spread over.
const eachShards = 64

// each is the rule that holds for every app and operation for which there is
// none of its own. It counts on this node, by the real time, and remembers only
// the present second.
type each struct {
	perSecond int64
	rule      *Rule
	seed      maphash.Seed
	shards    [eachShards]eachShard
}

type eachShard struct {
	mu     sync.Mutex
	second int64
	counts map[eachKey]int64
	_      [32]byte // a cache line of its own
}

type eachKey struct {
	app id.App
	op  *op.Operation
}

func newEach(perSecond int) *each {
	e := &each{perSecond: int64(perSecond), seed: maphash.MakeSeed()}
	e.rule = &Rule{ID: "default", Level: Special, Window: Second, Max: e.perSecond, Subject: Subject{Agent: -1, Operation: "*"}}
	for i := range e.shards {
		e.shards[i].counts = map[eachKey]int64{}
	}
	return e
}

// take charges a call, or says in v that it is refused.
func (e *each) take(app id.App, o *op.Operation, v *verdict) bool {
	s := &e.shards[maphash.String(e.seed, string(app))%eachShards]
	second := v.now.Unix()
	k := eachKey{app, o}
	s.mu.Lock()
	defer s.mu.Unlock()
	if second != s.second {
		s.second = second
		clear(s.counts)
	}
	n := s.counts[k]
	if n >= e.perSecond {
		v.refuse(e.rule, n, time.Unix(second+1, 0), 0)
		return false
	}
	s.counts[k] = n + 1
	v.tighter(e.rule, e.perSecond, e.perSecond-n-1, time.Unix(second+1, 0), 0)
	return true
}
