package trail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/id"
)

// maxPeople bounds how many ids a record names; of more it has the number and a
// digest of them all.
const maxPeople = 100

// Record is one call that showed or changed graded fields, or several that showed
// the same to the same caller within a moment.
type Record struct {
	Corp   id.Corp  `json:"corp"`
	Seq    int64    `json:"seq"`
	At     int64    `json:"at"`              // ms
	Call   string   `json:"call"`            // the first, if there are several
	Times  int      `json:"times,omitempty"` // how many calls; 0 is one
	As     string   `json:"as"`              // what the caller was: app, person, administrator …
	App    id.App   `json:"app,omitempty"`
	Agent  id.Agent `json:"agent,omitzero"`
	User   id.User  `json:"user,omitempty"`
	Op     string   `json:"op"`
	Change bool     `json:"change,omitzero"`
	Fields []string `json:"fields"`
	People []string `json:"people"`           // the first by name
	Count  int      `json:"count"`            // of all
	Digest string   `json:"digest,omitempty"` // of all, where they are more
	Prev   string   `json:"prev"`             // hash of the record before; empty for the first
}

// fill sets what was seen of whom.
func (r *Record) fill(fields, people []string) {
	r.Fields = slices.Clone(fields)
	slices.Sort(r.Fields)
	people = slices.Clone(people)
	slices.Sort(people)
	people = slices.Compact(people)
	r.Count = len(people)
	if len(people) > maxPeople {
		sum := sha256.Sum256([]byte(strings.Join(people, "\n")))
		r.Digest, people = hex.EncodeToString(sum[:]), people[:maxPeople]
	}
	r.People = people
}

// key is the same for records that say the same of different calls.
func (r *Record) key() string {
	var b strings.Builder
	b.Grow(192) // what most need: this is made for each call that shows something
	for _, s := range []string{string(r.Corp), r.As, string(r.App), string(r.User), r.Op, r.Digest} {
		b.WriteString(s)
		b.WriteByte(0)
	}
	b.WriteString(strconv.FormatInt(int64(r.Agent), 10))
	for _, list := range [][]string{r.Fields, r.People} {
		b.WriteByte(1)
		for _, s := range list {
			b.WriteString(s)
			b.WriteByte(0)
		}
	}
	return b.String()
}

// text is the record as it is stored, exported and hashed.
func (r *Record) text() (string, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("trail: encode record %d: %w", r.Seq, err)
	}
	return string(b), nil
}

// hashOf is the hash of a record's text.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte("gatepost trail v1\n" + text))
	return hex.EncodeToString(sum[:])
}

// parse reads a record that was stored or exported.
func parse(text string) (r Record, err error) {
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, fmt.Errorf("trail: decode a record: %w", err)
	}
	return r, nil
}

// Seal is the platform's signature under one record, and thereby under all
// before it.
type Seal struct {
	Corp id.Corp `json:"corp"`
	Seq  int64   `json:"seq"`
	Hash string  `json:"hash"`
	At   int64   `json:"at"`
	Sig  []byte  `json:"sig"`
}

func (s *Seal) message() []byte {
	return fmt.Appendf(nil, "gatepost trail seal v1\n%s\n%d\n%s\n%d", s.Corp, s.Seq, s.Hash, s.At)
}

// Tombstone stands for records that the retention removed.
type Tombstone struct {
	Corp  id.Corp `json:"corp"`
	From  int64   `json:"from"`
	Seq   int64   `json:"seq"` // the last that was removed
	Hash  string  `json:"hash"`
	Count int64   `json:"count"`
	At    int64   `json:"at"`
	Sig   []byte  `json:"sig"`
}

func (t *Tombstone) message() []byte {
	return fmt.Appendf(nil, "gatepost trail tombstone v1\n%s\n%d\n%d\n%s\n%d\n%d", t.Corp, t.From, t.Seq, t.Hash, t.Count, t.At)
}
