package trust

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
)

const (
	hostsBegin = "# gatepost begin"
	hostsEnd   = "# gatepost end"
	hostsTag   = "# gatepost" // ends every line between the two
)

// addBlock returns the hosts file with a block that leads Names to address,
// and without any block that was there before. Everything else stays as it
// was, byte for byte.
//
// The block comes first: the first line of a hosts file that mentions a name
// wins, and nothing need be known about how the file ends.
func addBlock(file []byte, address string) []byte {
	newline := "\n"
	if first, _, ok := bytes.Cut(file, []byte("\n")); ok && bytes.HasSuffix(first, []byte("\r")) {
		newline = "\r\n"
	}
	var b bytes.Buffer
	b.WriteString(hostsBegin + newline)
	for _, name := range Names() {
		b.WriteString(address + " " + name + " " + hostsTag + newline)
	}
	b.WriteString(hostsEnd + newline)
	b.Write(dropBlock(file))
	return b.Bytes()
}

// dropBlock returns the hosts file without our lines. Each is known by its own
// mark, not by standing between begin and end, so that a damaged block takes
// nothing of anyone else's with it.
func dropBlock(file []byte) []byte {
	kept := make([]byte, 0, len(file))
	for line := range bytes.Lines(file) {
		if !ours(line) {
			kept = append(kept, line...)
		}
	}
	return kept
}

func hasBlock(file []byte) bool {
	return len(dropBlock(file)) != len(file)
}

func ours(line []byte) bool {
	text := strings.TrimSpace(string(line))
	if text == hostsBegin || text == hostsEnd {
		return true
	}
	return strings.HasSuffix(text, " "+hostsTag) && len(strings.Fields(text)) == len(strings.Fields("address name "+hostsTag))
}

// mapping is what one line of a hosts file says about one of Names.
type mapping struct {
	line    int // from 1
	address string
	name    string
}

// foreign lists what lines that are not ours say about Names.
func foreign(file []byte) []mapping {
	var found []mapping
	n := 0
	for line := range bytes.Lines(file) {
		n++
		if ours(line) {
			continue
		}
		address, names := parseHostsLine(line)
		for _, name := range names {
			if isName(name) {
				found = append(found, mapping{n, address, name})
			}
		}
	}
	return found
}

// privateHosts returns a hosts file in which Names lead to address and nowhere
// else. Unlike addBlock it removes what other lines say about them, since some
// resolvers try all addresses of a name; it is for private copies only.
func privateHosts(file []byte, address string) []byte {
	kept := make([]byte, 0, len(file))
	for line := range bytes.Lines(file) {
		ip, names := parseHostsLine(line)
		if !slices.ContainsFunc(names, isName) {
			kept = append(kept, line...)
			continue
		}
		if others := slices.DeleteFunc(names, isName); len(others) > 0 {
			kept = append(kept, ip+" "+strings.Join(others, " ")+"\n"...)
		}
	}
	return addBlock(kept, address)
}

func parseHostsLine(line []byte) (address string, names []string) {
	text, _, _ := strings.Cut(string(line), "#")
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return "", nil
	}
	if _, err := netip.ParseAddr(fields[0]); err != nil {
		return "", nil
	}
	return fields[0], fields[1:]
}
