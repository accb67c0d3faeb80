package cli

import "testing"

// A reason that is the last error stands in its own column alone.
func TestStandingOfASubscription(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		s    eventSubscription
		want string
	}{
		{eventSubscription{State: "on"}, "on"},
		{eventSubscription{State: "on", Reason: "500: boom", LastError: "500: boom"}, "on"},
		{eventSubscription{State: "off", Reason: "the receiver said that it is gone", LastError: "410: "}, "off (the receiver said that it is gone)"},
	} {
		if got := tc.s.standing(); got != tc.want {
			t.Errorf("%+v stands as %q", tc.s, got)
		}
	}
}
