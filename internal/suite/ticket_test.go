package suite

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// begun is the beginning of a ticket's twenty minutes.
func begun() time.Time { return time.UnixMilli(1_500_000 * ticketEvery.Milliseconds()) }

// suites are no suites at all: tickets are computed.
func suites(t testing.TB, now func() time.Time) *Suites {
	t.Helper()
	clk, err := clock.New(t.Context(), storetest.Open(t), now)
	if err != nil {
		t.Fatal(err)
	}
	return &Suites{clk: clk, key: []byte("0123456789abcdef0123456789abcdef")}
}

func crm() *app.App { return &app.App{Corp: "dingvendor", Key: "suitecrm", Suite: "suitecrm"} }

func TestTicketsLiveFiveHours(t *testing.T) {
	t.Parallel()
	now := begun()
	s := suites(t, func() time.Time { return now })
	text, ends := s.Present(Suite{Corp: "dingvendor", Key: "suitecrm"})
	if !ends.Equal(begun().Add(5 * time.Hour)) {
		t.Errorf("ends %s", ends)
	}
	for after, good := range map[time.Duration]bool{
		0: true, ticketEvery: true, 5*time.Hour - time.Millisecond: true, 5 * time.Hour: false, 48 * time.Hour: false,
		-time.Millisecond:               true, // another node's clock is behind
		-ticketEvery - time.Millisecond: false,
	} {
		now = begun().Add(after)
		if err := s.Ticket(crm(), text); (err == nil) != good {
			t.Errorf("after %s: %v", after, err)
		}
	}
}

func TestWhatIsNoTicket(t *testing.T) {
	t.Parallel()
	s := suites(t, begun)
	text, _ := s.Present(Suite{Corp: "dingvendor", Key: "suitecrm"})
	other, _ := s.Present(Suite{Corp: "dingvendor", Key: "suiteother"})
	for name, wrong := range map[string]string{"empty": "", "of another suite": other, "cut": text[:len(text)-1], "longer": text + "0",
		"digest alone": text[:macDigits], "no number": text[:macDigits] + "-", "other digest": "0" + strings.Repeat("a", macDigits-1) + text[macDigits:],
		"another number": text[:macDigits] + "1", "upper case": strings.ToUpper(text)} {
		if err := s.Ticket(crm(), wrong); !errors.Is(err, apierror.SuiteTicketWrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzTicket takes no text for a ticket but those that were made.
func FuzzTicket(f *testing.F) {
	s := suites(f, begun)
	text, _ := s.Present(Suite{Corp: "dingvendor", Key: "suitecrm"})
	f.Add(text)
	f.Add("")
	f.Add(strings.Repeat("a", macDigits) + "w2eq")
	f.Fuzz(func(t *testing.T, given string) {
		err := s.Ticket(crm(), given)
		made := false
		for n := number(begun()) - int64(ticketLife/ticketEvery) + 1; n <= number(begun())+1; n++ {
			made = made || given == s.ticket("suitecrm", n)
		}
		if (err == nil) != made {
			t.Errorf("%q: %v, made: %t", given, err, made)
		}
	})
}

func TestCallbacksAreChecked(t *testing.T) {
	t.Parallel()
	good := Callback{URL: "https://vendor.example/cb?x=1", Token: "token123", AESKey: strings.Repeat("a", 43)}
	with := func(change func(*Callback)) *Callback { c := good; change(&c); return &c }
	for name, tc := range map[string]struct {
		c    *Callback
		want string // the field that is wrong
	}{
		"good":      {&good, ""},
		"none":      {nil, ""},
		"scheme":    {with(func(c *Callback) { c.URL = "ftp://vendor.example/" }), "callbackUrl"},
		"no host":   {with(func(c *Callback) { c.URL = "https:///cb" }), "callbackUrl"},
		"no URL":    {with(func(c *Callback) { c.URL = "" }), "callbackUrl"},
		"token":     {with(func(c *Callback) { c.Token = "a b" }), "token"},
		"short key": {with(func(c *Callback) { c.AESKey = "a" }), "aesKey"},
		"key":       {with(func(c *Callback) { c.AESKey = strings.Repeat("=", 43) }), "aesKey"},
	} {
		err := tc.c.check()
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPermanentCodesDiffer(t *testing.T) {
	t.Parallel()
	s := suites(t, begun)
	seen := map[string]bool{}
	for _, a := range []Authorization{{Corp: "a", Agent: 1, Suite: "s"}, {Corp: "b", Agent: 1, Suite: "s"}, {Corp: "a", Agent: 2, Suite: "s"}, {Corp: "a", Agent: 1, Suite: id.App("t")}} {
		code := s.Permanent(a)
		if seen[code] || s.proves(a, code) != nil || s.proves(a, code+"x") == nil || code != s.Permanent(a) {
			t.Errorf("%+v: %s", a, code)
		}
		seen[code] = true
	}
}
