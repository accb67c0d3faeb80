package keyring

import (
	"encoding/binary"
	"errors"
)

// packed is the version of the form that Pack writes.
const packed = 1

// errPacked is returned for what Pack did not write.
var errPacked = errors.New("keyring: the record is not of a form that this version knows")

// Pack puts texts into one record, which Unpack takes apart again.
func Pack(texts ...string) string {
	size := 1
	for _, s := range texts {
		size += binary.MaxVarintLen32 + len(s)
	}
	b := append(make([]byte, 0, size), packed)
	for _, s := range texts {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return string(b)
}

// Unpack returns the texts of a record, of which there are at least least.
func Unpack(record string, least int) ([]string, error) {
	if record == "" || record[0] != packed {
		return nil, errPacked
	}
	texts := make([]string, 0, least)
	for rest := record[1:]; rest != ""; {
		size, n := length(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return nil, errPacked
		}
		texts, rest = append(texts, rest[n:n+int(size)]), rest[n+int(size):]
	}
	if len(texts) < least {
		return nil, errPacked
	}
	return texts, nil
}

// length reads the length that stands at the front of s, and says in how many
// bytes it was written.
func length(s string) (size uint64, n int) {
	var head [binary.MaxVarintLen64]byte
	return binary.Uvarint(head[:copy(head[:], s)])
}
