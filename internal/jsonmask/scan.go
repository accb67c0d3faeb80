package jsonmask

import "bytes"

// stage is what may come next.
type stage uint8

const (
	beforeValue   stage = iota
	beforeElement       // or the end of an empty list
	beforeMember        // or the end of an empty object
	beforeName
	inName
	afterName
	inText
	inNumber
	afterValue
	done
)

// frame is an object or a list that is open.
type frame struct {
	node  *node // nil: nothing within is selected
	list  bool
	wrote bool // of an object: a member was passed on
	index int  // of a list: the present element
}

// scan reads buf and returns how much of it: all, or all but less than maxPart
// bytes that cannot be understood before more comes.
func (w *Writer) scan(buf []byte) int {
	w.buf, w.from, w.hold = buf, 0, 0
	i, fault := w.read(0)
	if fault != nil && w.err == nil {
		w.out = w.out[:0]
		w.err = &BodyError{w.passed + int64(i), fault}
	}
	if w.err != nil {
		return i
	}
	w.settle(i)
	w.passed += int64(i)
	return i
}

// settle passes on what is decided of buf[:i], and holds the rest of it.
func (w *Writer) settle(i int) {
	switch {
	case w.drop:
	case w.holding:
		w.emit(w.buf[w.from:w.hold])
		w.held = append(w.held, w.buf[w.hold:i]...)
		w.from, w.hold = i, i
		if w.blur != nil && len(w.held) > maxHeld {
			w.tooLong()
		} else if len(w.held) > maxHeld {
			w.err = &BodyError{w.passed + int64(i), ErrLongName}
		}
	default:
		w.emit(w.buf[w.from:i])
	}
	w.buf = nil
}

// read reads w.buf from i on. It returns where it came to.
func (w *Writer) read(i int) (int, error) {
	buf := w.buf
	for i < len(buf) {
		c := buf[i]
		if c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t') && w.state != inText && w.state != inName && w.state != inNumber {
			i++
			continue
		}
		switch w.state {
		case inText, inName:
			end, escaped, how := text(buf, i)
			i = end
			w.escaped = w.escaped || escaped
			switch how {
			case short:
				return i, nil
			case badText:
				return i, ErrSyntax
			case badRunes:
				return i, ErrEncoding
			case closing:
			}
			if w.state == inText {
				if w.blur != nil {
					w.blurText(i)
				}
				w.endValue(i)
			} else if err := w.endName(i); err != nil {
				return i, err
			} else if i < len(buf) && buf[i] == ':' { // nearly always: one round less
				w.state = beforeValue
				i++
			}
		case beforeElement:
			if c == ']' {
				i++
				w.endList(i)
				continue
			}
			fallthrough
		case beforeValue:
			end, err := w.beginValue(i, c)
			if err != nil || end == i && w.state != inNumber {
				return i, err
			}
			i = end
		case beforeMember:
			if c == '}' {
				i++
				w.endList(i)
				continue
			}
			fallthrough
		case beforeName:
			if c != '"' {
				return i, ErrSyntax
			}
			w.beginName(i)
			i++
		case afterName:
			if c != ':' {
				return i, ErrSyntax
			}
			w.state = beforeValue
			i++
		case inNumber:
			i, w.num = number(buf, i, w.num)
			if i < len(buf) {
				if !w.num.whole() {
					return i, ErrSyntax
				}
				w.endValue(i)
			}
		case afterValue:
			top := &w.stack[len(w.stack)-1]
			switch {
			case c == ',':
				w.comma(i, top)
			case c == ']' && top.list, c == '}' && !top.list:
				w.endList(i + 1)
			default:
				return i, ErrSyntax
			}
			i++
		case done:
			return i, ErrTrailing
		}
	}
	return i, nil
}

// comma goes on to the next member or element. The comma before a member that may
// be left out waits for its fate; before the first that remains there is none.
func (w *Writer) comma(i int, top *frame) {
	if top.list {
		w.state = beforeValue
		w.next = edge{}
		if top.node != nil {
			top.index++
			w.next = top.node.element(top.index)
		}
		return
	}
	w.state = beforeName
	if top.node == nil || !top.node.picks {
		return
	}
	if top.wrote {
		w.holding, w.hold = true, i
		return
	}
	w.emit(w.buf[w.from:i])
	w.from = i + 1
}

// beginName is at the opening quote of a name. It is held where it matters.
func (w *Writer) beginName(i int) {
	w.state, w.escaped = inName, false
	if w.stack[len(w.stack)-1].node == nil {
		return
	}
	if !w.holding {
		w.holding, w.hold = true, i
	}
	w.name = len(w.held) + i - w.hold
}

// endName is behind the closing quote of a name: what its value is for is known.
func (w *Writer) endName(i int) error {
	w.state = afterName
	w.next = edge{}
	top := &w.stack[len(w.stack)-1]
	if top.node == nil {
		return nil
	}
	held := w.whole(i)
	if len(held) > maxHeld {
		return ErrLongName
	}
	name := held[w.name+1 : len(held)-1]
	if w.escaped {
		w.work[0] = unescape(w.work[0][:0], name)
		name = w.work[0]
	}
	w.next = top.node.member(name)
	switch act := w.next.act; {
	case act == nil || act.null && !act.hide:
		w.keep()
		top.wrote = true
	case act.hide:
		w.count(act)
		w.leaveOut()
	}
	return nil
}

// beginValue is at the first byte of a value. It returns i if what is there does
// not suffice to read it.
func (w *Writer) beginValue(i int, c byte) (int, error) {
	var word string
	switch c {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	case 'n':
		word = "null"
	case '"', '{', '[', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
	default:
		return i, ErrSyntax
	}
	there := w.buf[i:min(i+len(word), len(w.buf))]
	if word[:len(there)] != string(there) {
		return i, ErrSyntax
	} else if len(there) < len(word) {
		return i, nil
	}
	if (c == '{' || c == '[') && len(w.stack) == maxDepth {
		return i, ErrDepth
	}
	if act := w.next.act; act != nil && !w.drop {
		if w.holding && len(w.held)+i-w.hold > maxHeld {
			return i, ErrLongName
		}
		w.choose(i, c, act)
	}
	switch c {
	case '"':
		w.state, w.escaped = inText, false
	case '{':
		w.stack = append(w.stack, frame{node: w.next.to})
		w.state = beforeMember
	case '[':
		w.stack = append(w.stack, frame{node: w.next.to, list: true})
		w.state = beforeElement
		if list := w.next.to; list != nil {
			w.next = list.element(0)
		} else {
			w.next = edge{}
		}
	case 't', 'f', 'n':
		w.endValue(i + len(word))
		return i + len(word), nil
	default:
		w.state, w.num = inNumber, numBegin
		return i, nil
	}
	return i + 1, nil
}

// choose decides about a selected value by its first byte.
func (w *Writer) choose(i int, c byte, act *action) {
	member := len(w.stack) > 0 && !w.stack[len(w.stack)-1].list
	textual := !act.hide && !act.null
	switch {
	case textual && (c == '"' || c == 'n'):
		w.keep()
		if member {
			w.stack[len(w.stack)-1].wrote = true
		}
		if c == '"' {
			w.blur = act
			w.holding, w.hold = true, i
		}
	case textual && member:
		w.count(act)
		w.leaveOut()
	default:
		if c != 'n' {
			w.count(act)
		}
		w.emit(w.buf[w.from:i])
		w.emit([]byte("null"))
		w.leaveOut()
	}
}

// endValue is behind a value.
func (w *Writer) endValue(i int) {
	if w.drop && len(w.stack) == w.depth {
		w.drop, w.from = false, i
	}
	if w.state = afterValue; len(w.stack) == 0 {
		w.state = done
	}
}

// endList is behind the end of an object or a list.
func (w *Writer) endList(i int) {
	w.stack = w.stack[:len(w.stack)-1]
	w.endValue(i)
}

// whole returns what is held, up to i, in one piece.
func (w *Writer) whole(i int) []byte {
	if len(w.held) == 0 {
		return w.buf[w.hold:i]
	}
	w.held = append(w.held, w.buf[w.from:i]...)
	w.from, w.hold = i, i
	return w.held
}

// keep passes on what is held.
func (w *Writer) keep() {
	if len(w.held) > 0 {
		w.emit(w.held)
		w.held = w.held[:0]
	}
	w.holding = false
}

// leaveOut drops what is held and all that is read until the value ends.
func (w *Writer) leaveOut() {
	if w.holding {
		w.emit(w.buf[w.from:w.hold])
		w.held, w.holding = w.held[:0], false
	}
	w.drop, w.depth = true, len(w.stack)
}

// blurText is behind the closing quote of a text that is to be blurred.
func (w *Writer) blurText(i int) {
	held := w.whole(i)
	if len(held) > maxHeld {
		w.tooLong()
		return
	}
	before := held[1 : len(held)-1]
	if w.escaped {
		w.work[2] = unescape(w.work[2][:0], before)
		before = w.work[2]
	}
	after := before
	for n, blur := range w.blur.blurs {
		w.work[n%2] = blur.Append(w.work[n%2][:0], after)
		after = w.work[n%2]
	}
	w.emit(w.buf[w.from:w.hold])
	w.from = i
	w.holding = false
	if bytes.Equal(after, before) {
		w.emit(held)
	} else {
		w.count(w.blur)
		w.work[2] = quote(w.work[2][:0], after)
		w.emit(w.work[2])
	}
	w.held, w.blur = w.held[:0], nil
}

// tooLong leaves nothing of a text that is too long to be blurred.
func (w *Writer) tooLong() {
	w.count(w.blur)
	w.emit(w.buf[w.from:w.hold])
	w.emit([]byte(`""`))
	w.held, w.holding, w.blur = w.held[:0], false, nil
	w.drop, w.depth = true, len(w.stack)
}

func (w *Writer) count(act *action) {
	for _, rule := range act.rules {
		w.seen.counts[rule]++
	}
}
