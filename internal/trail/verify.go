package trail

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/id"
)

// Problem is the first thing in a chain that does not fit.
type Problem struct {
	Seq      int64  // the record
	What     string // what about it
	Expected string
	Found    string
}

func (p *Problem) Error() string {
	return fmt.Sprintf("record %d: %s: expected %s, found %s", p.Seq, p.What, p.Expected, p.Found)
}

// Report is what a check of a chain saw.
type Report struct {
	Corp        id.Corp
	Records     int64 // that were checked
	First, Last int64
	Removed     int64 // by the retention, with tombstones
	Seals       int64
	Sealed      int64    // the last record under a seal
	Problem     *Problem // nil: the chain is whole
}

// checker checks a chain that is told in order: tombstones, then records, each
// seal after its record.
type checker struct {
	key    ed25519.PublicKey
	report Report
	next   int64  // number of the record that has to come; 0: any, for a part of a chain
	prev   string // hash of the one before
	hashes map[int64]string
}

func newChecker(corp id.Corp, key ed25519.PublicKey, from int64) *checker {
	return &checker{key: key, report: Report{Corp: corp}, next: from, hashes: map[int64]string{}}
}

// fails notes the first problem.
func (c *checker) fails(seq int64, what, expected, found string) {
	if c.report.Problem == nil {
		c.report.Problem = &Problem{seq, what, expected, found}
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// record checks the next record, stored as text with a hash.
func (c *checker) record(text, hash string) {
	r, err := parse(text)
	if err != nil {
		c.fails(c.next, "contents", "a record", "something else")
		return
	}
	switch {
	case c.next != 0 && r.Seq != c.next:
		c.fails(c.next, "number", number(c.next), number(r.Seq))
	case r.Corp != c.report.Corp:
		c.fails(r.Seq, "corp", string(c.report.Corp), string(r.Corp))
	case hashOf(text) != hash:
		c.fails(r.Seq, "hash of the contents", hash, hashOf(text))
	case c.next != 0 && r.Prev != c.prev:
		c.fails(r.Seq, "hash of the record before", c.prev, r.Prev)
	}
	if c.report.Records == 0 {
		c.report.First = r.Seq
	}
	c.report.Records++
	c.report.Last, c.next, c.prev = r.Seq, r.Seq+1, hash
}

// seal checks a seal under a record that was told before.
func (c *checker) seal(s Seal) {
	switch {
	case s.Corp != c.report.Corp || !ed25519.Verify(c.key, s.message(), s.Sig):
		c.fails(s.Seq, "signature of the seal", "one of this platform", "another")
	case s.Seq != c.report.Last:
		c.fails(s.Seq, "record under a seal", number(s.Seq), "the chain ends with "+number(c.report.Last))
	case s.Hash != c.prev:
		c.fails(s.Seq, "hash under the seal", s.Hash, c.prev)
	}
	c.report.Seals++
	c.report.Sealed = s.Seq
}

// tombstone checks what the retention removed.
func (c *checker) tombstone(t Tombstone) {
	switch {
	case t.Corp != c.report.Corp || !ed25519.Verify(c.key, t.message(), t.Sig):
		c.fails(t.Seq, "signature of the tombstone", "one of this platform", "another")
	case c.next != 0 && t.From != c.next:
		c.fails(c.next, "number", number(c.next), "a tombstone from "+number(t.From))
	case t.Count != t.Seq-t.From+1:
		c.fails(t.Seq, "records under the tombstone", number(t.Seq-t.From+1), number(t.Count))
	}
	c.report.Removed += t.Count
	c.next, c.prev, c.report.Last = t.Seq+1, t.Hash, t.Seq
}

// line is one line of an export.
type line struct {
	Trail     *header    `json:"trail,omitempty"`
	Tombstone *Tombstone `json:"tombstone,omitempty"`
	Record    string     `json:"record,omitempty"` // the text that is hashed
	Hash      string     `json:"hash,omitempty"`
	Seal      *Seal      `json:"seal,omitempty"`
}

// header is the first line of an export.
type header struct {
	Version int     `json:"version"`
	Corp    id.Corp `json:"corp"`
	Key     []byte  `json:"key"`
	From    int64   `json:"from"` // the first number; 1: from the beginning
}

// errExport is returned for what is no export.
var errExport = errors.New("trail: this is no export: its first line has no \"trail\"")

// Key is the text of a public key.
func Key(key []byte) string { return base64.StdEncoding.EncodeToString(key) }

// unkey reads what Key wrote.
func unkey(text string) ([]byte, error) { return base64.StdEncoding.DecodeString(text) }

// VerifyExport checks an export. key is the platform's public key as text; empty
// believes the one that the export names, which whoever wrote the export chose.
// The error says that it could not be read; a chain that does not fit is the
// report's Problem.
func VerifyExport(r io.Reader, key string) (Report, error) {
	var c *checker
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	sealed := false
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return Report{}, fmt.Errorf("trail: line %d: %w", n, err)
		}
		if c == nil {
			if l.Trail == nil || len(l.Trail.Key) != ed25519.PublicKeySize {
				return Report{}, errExport
			}
			c = newChecker(l.Trail.Corp, l.Trail.Key, l.Trail.From)
			if key != "" && key != Key(l.Trail.Key) {
				c.fails(0, "key of the platform", key, Key(l.Trail.Key))
			}
			if l.Trail.From != 1 {
				c.next = 0 // what was before is not in it
			}
			continue
		}
		sealed = false
		switch {
		case l.Tombstone != nil:
			c.tombstone(*l.Tombstone)
		case l.Seal != nil:
			c.seal(*l.Seal)
			sealed = true
		default:
			c.record(l.Record, l.Hash)
		}
	}
	if err := lines.Err(); err != nil {
		return Report{}, fmt.Errorf("trail: read an export: %w", err)
	}
	if c == nil {
		return Report{}, errExport
	}
	if c.report.Records > 0 && !sealed {
		c.fails(c.report.Last, "end of the export", "a seal", "none: it was cut")
	}
	return c.report, nil
}
