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

func TestPublished(t *testing.T) {
	t.Parallel()
	n := Published("hr", R2)
	s, ok := Find(n)
	if !ok || s.Name != "Published.hr.R2" || s.Grade != R2 || s.Kind != OfApp || s.Common || s.ZH == "" || s.EN == "" {
		t.Errorf("Find(%s) = %+v, %t", n, s, ok)
	}
	if group, g, ok := n.GroupOf(); group != "hr" || g != R2 || !ok {
		t.Errorf("GroupOf = %s, %s, %t", group, g, ok)
	}
	for _, no := range []Name{"Published.hr", "Published.hr.R3", "Published.Hr.R1", "Published..R1", "Published.h.R1", "published.hr.R1", "Published.hr.R1.x", Member} {
		if _, _, ok := no.GroupOf(); ok {
			t.Errorf("%s is of a group", no)
		}
	}
}
