package id

import (
	"regexp"
	"testing"
	"time"
)

func TestForms(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ got, want string }{
		"corp":   {string(NewCorp()), `^ding[0-9a-f]{32}$`},
		"demo":   {string(NewDemoCorp()), `^dingdemo[0-9a-f]{28}$`},
		"app":    {string(NewApp()), `^ding[0-9a-z]{16}$`},
		"secret": {NewSecret(), `^[A-Za-z0-9_-]{64}$`},
		"code":   {NewCode(), `^[0-9a-f]{32}$`},
		"union":  {string(NewUnion()), `^[A-Za-z0-9]{19}iEiE$`},
		"user":   {string(NewUser()), `^01[0-9]{16}$`},
	} {
		if !regexp.MustCompile(tc.want).MatchString(tc.got) {
			t.Errorf("%s: %q does not match %s", name, tc.got, tc.want)
		}
	}
	if n := NewNumber(); n < 100_000_000 || n > 999_999_999 {
		t.Errorf("number %d has not nine digits", n)
	}
}

func TestCallFacesLeadBack(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	g := NewCalls(1023, func() time.Time { return now })
	v1, v2 := regexp.MustCompile(`^[0-9a-z]{13}$`), regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-7[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`)
	var before Call
	for range 10_000 { // more than fit in the millisecond at which the clock stands
		c := g.New()
		if c <= before {
			t.Fatalf("ids do not grow: %d after %d", c, before)
		}
		before = c
		if !v1.MatchString(c.V1()) || !v2.MatchString(c.V2()) {
			t.Fatalf("faces %q and %q", c.V1(), c.V2())
		}
		for _, face := range []string{c.V1(), c.V2()} {
			if back, ok := ParseCall(face); !ok || back != c {
				t.Fatalf("%q leads to %d, not %d", face, back, c)
			}
		}
	}
	if !g.New().Time().After(now) {
		t.Error("the generator did not run ahead of a clock that stands still")
	}
}

func TestParseCallRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "1", "zzzzzzzzzzzzz", "not-a-request", "01A08FE7-68C3-7BBD-B223-447768EA4B29", "01A08FE7-68C3-7BBD-B223-44776"} {
		if c, ok := ParseCall(s); ok {
			t.Errorf("%q was read as %d", s, c)
		}
	}
}
