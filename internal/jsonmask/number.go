package jsonmask

// numeral is how much of a number was read.
type numeral uint8

const (
	numBegin    numeral = iota
	numMinus            // -
	numZero             // 0
	numInteger          // 12
	numPoint            // 1.
	numFraction         // 1.5
	numE                // 1e
	numSign             // 1e+
	numExponent         // 1e5
)

// whole reports whether a number may end here.
func (n numeral) whole() bool {
	return n == numZero || n == numInteger || n == numFraction || n == numExponent
}

// number reads on in a number and returns the first place that does not belong to
// it, which is its end if what was read is whole.
func number(buf []byte, i int, n numeral) (int, numeral) {
	for ; i < len(buf); i++ {
		if n == numInteger && buf[i]-'0' < 10 {
			continue
		}
		next := n.with(buf[i])
		if next == numBegin {
			break
		}
		n = next
	}
	return i, n
}

// with returns what is read when c follows, or numBegin if c does not belong to
// the number.
func (n numeral) with(c byte) numeral {
	digit := '0' <= c && c <= '9'
	switch n {
	case numInteger, numFraction, numExponent:
		if digit {
			return n
		}
	case numBegin, numMinus:
		switch {
		case c == '-' && n == numBegin:
			return numMinus
		case c == '0':
			return numZero
		case digit:
			return numInteger
		}
		return numBegin
	case numPoint:
		if digit {
			return numFraction
		}
		return numBegin
	case numE, numSign:
		switch {
		case digit:
			return numExponent
		case n == numE && (c == '+' || c == '-'):
			return numSign
		}
		return numBegin
	case numZero:
	}
	switch {
	case c == '.' && (n == numZero || n == numInteger):
		return numPoint
	case c|0x20 == 'e' && n != numExponent:
		return numE
	}
	return numBegin
}
