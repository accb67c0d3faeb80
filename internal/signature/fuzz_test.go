package signature

import (
	"slices"
	"strings"
	"testing"
)

// FuzzJSAPI verifies what a page could have signed: a signature of any text that
// a correct client may have signed, by either algorithm and in either case, and
// no other.
func FuzzJSAPI(f *testing.F) {
	f.Add("ticket", "nonce", "1700000000", "https://example.com/a?q=%E4%B8%AD#top", "x")
	f.Add("", "", "", "", "")
	f.Add("t", "n", "1", "https://example.com/?%zz", strings.Repeat("0", 40))
	f.Add("t", "n", "1", "?a=b+c#?", strings.Repeat("F", 64))
	f.Fuzz(func(t *testing.T, ticket, nonce, timestamp, page, guess string) {
		j := JSAPI{ticket, nonce, timestamp, page}
		var good []string
		for _, text := range j.Texts() {
			for _, length := range []int{40, 64} {
				s := digest(text, length)
				good = append(good, s)
				if !j.Verify(s) || !j.Verify(strings.ToUpper(s)) {
					t.Errorf("%q is refused for %+v", s, j)
				}
			}
		}
		if j.Verify(guess) && !slices.Contains(good, strings.ToLower(guess)) {
			t.Errorf("%q passes for %+v", guess, j)
		}
		other := j
		other.Nonce += "x"
		for _, s := range good {
			if other.Verify(s) {
				t.Errorf("%q passes for another nonce", s)
			}
		}
	})
}

// FuzzISV signs with and without a ticket: the two never have one signature, and
// without a ticket a vendor signs as everybody does.
func FuzzISV(f *testing.F) {
	f.Add("secret", "1700000000000", "ticket")
	f.Add("", "", "")
	f.Add("s", "1\n2", "3")
	f.Fuzz(func(t *testing.T, secret, timestamp, ticket string) {
		s := ISV(secret, timestamp, ticket)
		if same := Equal(s, SNS(secret, timestamp)); same != (ticket == "") {
			t.Errorf("%q %q %q: same %t", secret, timestamp, ticket, same)
		}
		if s != ISV(secret, timestamp, ticket) {
			t.Error("two signatures of one text")
		}
	})
}
