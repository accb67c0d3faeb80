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

// FuzzGP signs two requests: they have one canonical string only when they ask
// the same.
func FuzzGP(f *testing.F) {
	f.Add("GET", "/a", "k", "v", "1", "n", []byte("x"), "GET", "/a", "k", "v", "1", "n", []byte("x"))
	f.Add("GET", "/a", "a", "1&b=2", "1", "n", []byte(nil), "GET", "/a", "a", "1", "1", "n", []byte(nil))
	f.Fuzz(func(t *testing.T, m1, p1, k1, v1, t1, n1 string, b1 []byte, m2, p2, k2, v2, t2, n2 string, b2 []byte) {
		for _, s := range []string{m1, p1, t1, n1, m2, p2, t2, n2} {
			if strings.ContainsAny(s, "\n") {
				t.Skip("no line of a request holds a line end")
			}
		}
		g := strings.ToUpper // not EqualFold, which takes more letters for the same
		a := GP{m1, p1, [][2]string{{k1, v1}}, t1, n1, b1}
		b := GP{m2, p2, [][2]string{{k2, v2}}, t2, n2, b2}
		same := g(m1) == g(m2) && p1 == p2 && k1 == k2 && v1 == v2 && t1 == t2 && n1 == n2 && string(b1) == string(b2)
		if (a.Canonical() == b.Canonical()) != same {
			t.Errorf("%+v and %+v", a, b)
		}
	})
}

// FuzzTOP holds the canonical string to what it promises: the order of the
// parameters does not matter, and the signature is no part of it.
func FuzzTOP(f *testing.F) {
	f.Add("a", "1", "b", "2", `{"x":1}`, "secret")
	f.Add("", " ", "sign", "x", "", "")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2, body, secret string) {
		p := [][2]string{{k1, v1}, {k2, v2}}
		text := CanonicalTOP(p, body)
		if text != CanonicalTOP([][2]string{p[1], p[0]}, body) || text != CanonicalTOP(append(p, [2]string{"sign", "S"}, [2]string{"x", "\t"}), body) {
			t.Errorf("%q", text)
		}
		for digest, length := range map[Digest]int{TOPMD5: 32, TOPHMACMD5: 32, TOPHMACSHA256: 64} {
			if s := SignTOP(digest, secret, text); len(s) != length || s != strings.ToUpper(s) {
				t.Errorf("%s: %s", digest, s)
			}
		}
	})
}

// FuzzGov signs two lists of parameters: they share a canonical string only
// when they say the same.
func FuzzGov(f *testing.F) {
	f.Add("/x", "a", "1&b=2", "c", "3", "a", "1", "b", "2")
	f.Add("/x", "a", "1%26", "c", "3", "a", "1&", "c", "3")
	f.Add("/x", "a", "1 2", "c", "3", "a", "1+2", "c", "3")
	f.Fuzz(func(t *testing.T, path, k1, v1, k2, v2, k3, v3, k4, v4 string) {
		one, two := [][2]string{{k1, v1}, {k2, v2}}, [][2]string{{k3, v3}, {k4, v4}}
		if _, blank := Blank(append(slices.Clone(one), two...)); blank || Doubled(one, true) != "" || Doubled(two, true) != "" {
			t.Skip("refused before anything is signed")
		}
		same := slices.Equal(sortedBy(one, strings.Compare), sortedBy(two, strings.Compare))
		a, b := Gov{"GET", "t", "n", path, one}, Gov{"GET", "t", "n", path, two}
		for _, s := range a.Canonicals() {
			if slices.Contains(b.Canonicals(), s) && !same {
				t.Errorf("%q is %q and %q", s, one, two)
			}
		}
	})
}
