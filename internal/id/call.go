package id

import (
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Call is the id of one call: 63 bits that grow with time (41 bits of
// milliseconds since 2020, 10 bits of node, 12 bits of sequence). It has a face
// in each dialect, and either face leads back to it.
type Call int64

const callEpoch = 1577836800000 // 2020-01-01T00:00:00Z in milliseconds

const digits = "0123456789abcdefghijklmnopqrstuvwxyz"

// V1 is the request_id of the v1 dialect: 13 characters of [0-9a-z].
func (c Call) V1() string {
	var room [13]byte
	return string(c.AppendV1(room[:0]))
}

// AppendV1 appends the request_id of the v1 dialect.
func (c Call) AppendV1(b []byte) []byte {
	var s [13]byte
	for i, n := len(s)-1, uint64(c); i >= 0; i-- {
		s[i] = digits[n%36]
		n /= 36
	}
	return append(b, s[:]...)
}

// V2 is the requestid of the v2 dialect: an upper-case UUID of version 7 form,
// whose upper 62 bits are the id and whose rest is derived from it.
func (c Call) V2() string {
	const upper = "0123456789ABCDEF"
	n := uint64(c)
	// 48 bits, version nibble, 12 bits, variant, 3 bits of the id, then filler.
	high := n>>15<<16 | 0x7000 | n>>3&0xfff
	low := mix(n)&(1<<59-1) | 0x8000_0000_0000_0000 | n&7<<59
	var s [36]byte
	for i, at := 15, len(s)-1; at >= 0; at-- {
		if at == 8 || at == 13 || at == 18 || at == 23 {
			s[at] = '-'
			continue
		}
		half := &low
		if i < 0 {
			half = &high
		}
		s[at] = upper[*half&0xf]
		*half >>= 4
		i--
	}
	return string(s[:])
}

// ParseCall reads either face of a call's id.
func ParseCall(s string) (Call, bool) {
	s = strings.TrimSpace(s)
	if len(s) == 36 {
		raw, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
		if err != nil || len(raw) != 16 {
			return 0, false
		}
		var top uint64
		for i := range 6 {
			top = top<<8 | uint64(raw[i])
		}
		c := Call(top<<15 | uint64(raw[6]&0xf)<<11 | uint64(raw[7])<<3 | uint64(raw[8]>>3&7))
		return c, c > 0 && c.V2() == strings.ToUpper(s)
	}
	if len(s) < 12 || len(s) > 13 {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.ToLower(s), 36, 64)
	return Call(n), err == nil && n > 0
}

// mix spreads n over 64 bits (the finaliser of splitmix64): the filler of a
// UUID has to look arbitrary, not to be secret.
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// Calls makes call ids for one node. Ids of one node grow; ids of two nodes
// with different numbers never meet.
type Calls struct {
	node int64
	now  func() time.Time

	mu   sync.Mutex
	last int64 // milliseconds and sequence of the newest id
}

// NewCalls makes ids for node (0 to 1023).
func NewCalls(node int, now func() time.Time) *Calls {
	return &Calls{node: int64(node) & 1023, now: now}
}

// New makes the next id. When more than 4096 are asked for in a millisecond, or
// the clock steps back, it runs ahead of the clock rather than repeat.
func (g *Calls) New() Call { return g.At(g.now()) }

// At is New where the time is known already.
func (g *Calls) At(now time.Time) Call {
	ms := (now.UnixMilli() - callEpoch) << 12
	g.mu.Lock()
	g.last = max(g.last+1, ms)
	n := g.last
	g.mu.Unlock()
	return Call(n>>12<<22 | g.node<<12 | n&0xfff)
}

// Time is when the id was made, to the millisecond.
func (c Call) Time() time.Time { return time.UnixMilli(int64(c)>>22 + callEpoch) }

// After makes the next id, and one that is greater than last, which another node
// may have made whose clock is ahead.
func (g *Calls) After(last int64) Call {
	c := g.New()
	if int64(c) > last {
		return c
	}
	g.mu.Lock()
	g.last = max(g.last, (last>>22+1)<<12)
	g.mu.Unlock()
	return g.New()
}
