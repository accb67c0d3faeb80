package secid

import (
	"errors"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/op"
)

var lina = owner{"dingcrm", op.IDUser}

func testKeys() *keys { return newKeys([]byte("0123456789abcdef0123456789abcdef")) }

func sealed(t testing.TB, k *keys, o owner, inside string) string {
	t.Helper()
	text, err := k.seal(o, inside)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The form is written down here because ids are kept by applications: a version
// that spells them otherwise breaks every one of them.
func TestIDsStayTheSame(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]owner{
		"gpu_QZFYdqVewbyBjrpC3DpG16fli304oz4rkd0": lina,
		"gpc_C8aD4-XK3KvcW_owfEBMDhrnLS1uY9lgTxU": {"dingcrm", op.IDCorp},
		"gpu_4-iynw0asD9MSFKNbr8_Ptyv4VmenCEBX4Y": {"dinghr", op.IDUser},
	} {
		if got := sealed(t, testKeys(), o, "lina"); got != want {
			t.Errorf("%v: %s, not %s", o, got, want)
		}
	}
}

func TestLongestID(t *testing.T) {
	t.Parallel()
	text := sealed(t, testKeys(), lina, strings.Repeat("x", maxInside))
	if len(text) != maxText {
		t.Errorf("the longest id has %d characters, not %d", len(text), maxText)
	}
	for _, kind := range kinds() {
		k, ok := looks(sealed(t, testKeys(), owner{"a", kind}, "x"))
		if !ok || k != kind {
			t.Errorf("an id of a %s looks like a %s", kind, k)
		}
	}
}

func TestWhatIsNoID(t *testing.T) {
	t.Parallel()
	k := testKeys()
	own := sealed(t, k, lina, "lina")
	last := own[len(own)-1]
	for name, tc := range map[string]struct {
		text string
		want error
	}{
		"its own":              {own, nil},
		"another app's":        {sealed(t, k, owner{"dinghr", op.IDUser}, "lina"), errForeign},
		"of another kind":      {sealed(t, k, owner{"dingcrm", op.IDUnion}, "lina"), errForm},
		"of another platform":  {sealed(t, newKeys(make([]byte, 32)), lina, "lina"), errForm},
		"the platform's":       {"lina", errForm},
		"nothing":              {"", errForm},
		"the prefix":           {"gpu_", errForm},
		"an unknown kind":      {"gpx_" + own[4:], errForm},
		"another kind's name":  {"gpn_" + own[4:], errForm},
		"cut":                  {own[:len(own)-1], errForm},
		"cut by four":          {own[:len(own)-4], errForm},
		"longer":               {own + "AAAA", errForm},
		"too long":             {own + strings.Repeat("A", 64), errForm},
		"a line more":          {own + "\n", errForm},
		"a line in it":         {own[:10] + "\n" + own[10:], errForm},
		"blank before":         {" " + own, errForm},
		"padded":               {own + "=", errForm},
		"another last letter":  {own[:len(own)-1] + string(last^1), errForm},
		"another case":         {strings.ToUpper(own), errForm},
		"the other alphabet":   {"gpu_+/+/" + own[8:], errForm},
		"not of the alphabet":  {"gpu_é" + own[6:], errForm},
		"nothing but a check":  {"gpu_AAAAAAAA", errForm},
		"an empty thing's":     {sealed(t, k, lina, ""), errForm},
		"with its middle gone": {own[:8] + own[12:], errForm},
	} {
		inside, err := k.unseal(lina, tc.text)
		if !errors.Is(err, tc.want) || err == nil && inside != "lina" {
			t.Errorf("%s: %q, %v; want %v", name, inside, err, tc.want)
		}
	}
}

// Every bit counts: an id that differs in any is another application's or none.
func TestEveryBitCounts(t *testing.T) {
	t.Parallel()
	k := testKeys()
	_, body, check, err := parse(sealed(t, k, lina, "lina"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(body) * 8 {
		flipped := append([]byte(nil), body...)
		flipped[i/8] ^= 1 << (i % 8)
		if _, err := k.unseal(lina, format(op.IDUser, flipped, check)); !errors.Is(err, errForm) {
			t.Errorf("bit %d flipped: %v", i, err)
		}
		// Not even who knows the key of the check can make an id of the application.
		if _, err := k.unseal(lina, format(op.IDUser, flipped, k.checkOf(op.IDUser, flipped))); !errors.Is(err, errForeign) {
			t.Errorf("bit %d flipped under a right check: %v", i, err)
		}
	}
}

// Ids of one thing in two applications have nothing in common but their kind,
// and neither have those of two things in one.
func TestIDsDoNotLink(t *testing.T) {
	t.Parallel()
	k := testKeys()
	seen := map[string]string{}
	for _, o := range []owner{lina, {"dinghr", op.IDUser}, {"dingcrm", op.IDUnion}, {"dingcr", op.IDUser}, {"dingcrmu", op.IDUser}} {
		for _, inside := range []string{"lina", "linb", "lin", "lina2"} {
			text := sealed(t, k, o, inside)[headSize:]
			for at := range len(text) - 5 {
				if other, ok := seen[text[at:at+6]]; ok {
					t.Errorf("%v %s shares %s with %s", o, inside, text[at:at+6], other)
				}
			}
			for at := range len(text) - 5 {
				seen[text[at:at+6]] = inside
			}
		}
	}
}

func FuzzUnseal(f *testing.F) {
	k := testKeys()
	own, foreign := sealed(f, k, lina, "lina"), sealed(f, k, owner{"dinghr", op.IDUser}, "lina")
	for _, s := range []string{"", "lina", "gpu_", own, foreign, own[:20], own + "A", strings.Repeat("gpu_", 20)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		inside, err := k.unseal(lina, s)
		if err != nil {
			if !errors.Is(err, errForm) && !errors.Is(err, errForeign) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if again := sealed(t, k, lina, inside); again != s {
			t.Errorf("%q and %q are both ids of %q", s, again, inside)
		}
	})
}
