package callback

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/event"
)

// Message is what a receiver decrypts: the envelope's fields, those of the
// payload in the spelling of today, and once more in that of the first
// generation, because receivers of either read them (events.md §8). It is ASCII
// without a percent sign: a client of the wire protocol takes bytes for
// characters and undoes percent signs (events.md §2).
func Message(h event.Happened) ([]byte, error) {
	var b bytes.Buffer
	e := jsontext.NewEncoder(&b)
	w := writer{e: e, seen: map[string]bool{}}
	w.token(jsontext.BeginObject)
	w.text("EventType", string(h.Name))
	w.number("EventTime", h.At.UnixMilli())
	w.text("CorpId", string(h.ToldCorp()))
	w.text("BizId", strconv.FormatInt(int64(h.ID), 10))
	w.text("eventId", strconv.FormatInt(int64(h.ID), 10))
	fields, err := fieldsOf(h.Payload)
	if err != nil {
		return nil, fmt.Errorf("callback: payload of %s: %w", h.Name, err)
	}
	for _, f := range fields {
		w.value(f.name, f.value)
	}
	for _, f := range fields {
		w.value(pascal(f.name), f.value)
	}
	w.text("TimeStamp", strconv.FormatInt(h.At.UnixMilli(), 10))
	w.token(jsontext.EndObject)
	if w.err != nil {
		return nil, fmt.Errorf("callback: write %s: %w", h.Name, w.err)
	}
	return ascii(bytes.TrimSpace(b.Bytes())), nil
}

type field struct {
	name  string
	value jsontext.Value
}

// fieldsOf reads the members of one JSON object, in order.
func fieldsOf(text string) ([]field, error) {
	d := jsontext.NewDecoder(bytes.NewReader([]byte(text)))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, fmt.Errorf("it is no object: %w", err)
	}
	var list []field
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		n := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		list = append(list, field{n, value.Clone()})
	}
	return list, nil
}

// pascal is a name as the first generation spells it.
func pascal(name string) string {
	r, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[size:]
}

// writer writes members of an object, each name once, until something fails.
type writer struct {
	e    *jsontext.Encoder
	seen map[string]bool
	err  error
}

func (w *writer) token(t jsontext.Token) {
	if w.err == nil {
		w.err = w.e.WriteToken(t)
	}
}

func (w *writer) value(name string, v jsontext.Value) {
	if w.seen[name] {
		return
	}
	w.seen[name] = true
	w.token(jsontext.String(name))
	if w.err == nil {
		w.err = w.e.WriteValue(v)
	}
}

func (w *writer) text(name, s string) {
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		w.err = err
		return
	}
	w.value(name, quoted)
}

func (w *writer) number(name string, n int64) {
	w.value(name, strconv.AppendInt(nil, n, 10))
}

// ascii escapes what is not ASCII, and percent signs. In JSON both stand inside
// strings only.
func ascii(text []byte) []byte {
	out := make([]byte, 0, len(text)+len(text)/4)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		switch {
		case r == '%':
			out = append(out, `\u0025`...)
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
