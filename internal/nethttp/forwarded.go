package nethttp

import (
	"slices"
	"strings"
)

// backwards returns the entries of the X-Forwarded-For lines, the last first.
func backwards(lines []string) []string {
	var hops []string
	for _, line := range lines {
		for hop := range strings.SplitSeq(line, ",") {
			hops = append(hops, strings.TrimSpace(hop))
		}
	}
	slices.Reverse(hops)
	return hops
}
