package cli

import "testing"

func TestFaultHits(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]faultItem{
		"every":               {Percent: 100, Remaining: -1},
		"every, 2 more":       {Percent: 100, Remaining: 2},
		"20%, seed 7":         {Percent: 20, Seed: 7, Remaining: -1},
		"20%, seed 7, 3 more": {Percent: 20, Seed: 7, Remaining: 3},
		"used up":             {Percent: 100, Remaining: 0},
	} {
		if got := f.hits(); got != want {
			t.Errorf("%+v hits %q, not %q", f, got, want)
		}
	}
}
