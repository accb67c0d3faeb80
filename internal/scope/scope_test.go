package scope

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	for in, want := range map[Name]Name{"qyapi_get_membr": Member, "contact.user.read": ContactUserRead, "Contact.User.Mobile": ContactMobile} {
		if got := Nearest(in); got != want {
			t.Errorf("Nearest(%q) = %q, not %q", in, got, want)
		}
	}
}

func TestCommonGrantsNoWrite(t *testing.T) {
	t.Parallel()
	for _, n := range Common() {
		if s, ok := Find(n); !ok || s.Grade == W1 || s.Grade == W2 {
			t.Errorf("%s (%s) is given to every new application", n, s.Grade)
		}
	}
}
