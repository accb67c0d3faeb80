package cli

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// An event can become visible after younger ones: on several nodes numbers are
// given before changes are committed. Whoever asks for what is after the greatest
// number misses it; whoever asks again for the last seconds does not, and shows
// nothing twice.
func TestFollowingMissesNoEventThatIsVisibleLate(t *testing.T) {
	t.Parallel()
	type entry struct{ at, visible int64 }
	happened := map[string]entry{"1": {1_000, 0}, "2": {2_000, 9_000}, "3": {3_000, 3_000}, "4": {9_500, 9_500}, "5": {9_400, 20_000}, "6": {21_000, 21_000}}
	f := follower{shown: map[string]int64{}, from: 0}
	var shown []string
	for now := int64(0); now <= 60_000; now += 500 {
		var page []eventItem // the newest first, as the platform answers
		for name, e := range happened {
			if e.visible <= now && e.at >= f.from {
				page = append(page, eventItem{EventID: name, MadeAt: e.at})
			}
		}
		slices.SortFunc(page, func(a, b eventItem) int { return int(b.MadeAt - a.MadeAt) })
		for _, e := range f.fresh(page) {
			shown = append(shown, e.EventID)
		}
	}
	if got := strings.Join(shown, " "); got != "1 3 2 4 5 6" {
		t.Errorf("shown: %s", got)
	}
	if len(f.shown) != 3 {
		t.Errorf("%v is remembered, more than what can still be asked for", f.shown)
	}
}

func TestCompareReceived(t *testing.T) {
	t.Parallel()
	delivered := func(id, object string) eventItem { return eventItem{EventID: id, Object: object, Delivered: 1} }
	log := []eventItem{delivered("16", "b"), {EventID: "15", Object: "a", Dead: 1}, {EventID: "14", Object: "a", Failed: 1}, {EventID: "13", Object: "c", Dropped: 1},
		delivered("12", "a"), delivered("11", "b"), delivered("10", "a")}
	for name, tc := range map[string]struct {
		received []int64
		want     string
	}{
		"all":                       {[]int64{10, 11, 12, 16}, "lost [] disorder [] strange [] twice 0 forgotten 0"},
		"other objects in any way":  {[]int64{11, 16, 10, 12}, "lost [] disorder [] strange [] twice 0 forgotten 0"},
		"one is lost":               {[]int64{10, 11, 16}, "lost [12] disorder [] strange [] twice 0 forgotten 0"},
		"wrong order of an object":  {[]int64{12, 10, 11, 16}, "lost [] disorder [10] strange [] twice 0 forgotten 0"},
		"again is no wrong order":   {[]int64{10, 12, 10, 11, 16}, "lost [] disorder [] strange [] twice 1 forgotten 0"},
		"not in the log":            {[]int64{10, 11, 12, 16, 17}, "lost [] disorder [] strange [17] twice 0 forgotten 0"},
		"older than the log":        {[]int64{9, 10, 11, 12, 16}, "lost [] disorder [] strange [] twice 0 forgotten 1"},
		"what is open may be there": {[]int64{10, 11, 12, 14, 16}, "lost [] disorder [] strange [] twice 0 forgotten 0"},
	} {
		r := compareReceived(log, tc.received)
		if got := fmt.Sprintf("lost %v disorder %v strange %v twice %d forgotten %d", r.Lost, r.Disorder, r.Strange, r.Twice, r.Forgotten); got != tc.want {
			t.Errorf("%s: %s", name, got)
		}
		if r.Open != 1 || r.Dead != 1 || r.Dropped != 1 {
			t.Errorf("%s: open %d, dead %d, dropped %d", name, r.Open, r.Dead, r.Dropped)
		}
	}
}

// A replay comes beside newer events, and beside older ones that are tried again:
// its places say nothing about the order of what is new.
func TestCompareReceivedDoesNotJudgeReplays(t *testing.T) {
	t.Parallel()
	log := []eventItem{{EventID: "13", Object: "a", Delivered: 1}, {EventID: "12", Object: "a", Delivered: 1, Replayed: true},
		{EventID: "11", Object: "a", Delivered: 1}, {EventID: "10", Object: "a", Delivered: 1, Replayed: true}}
	for name, tc := range map[string]struct {
		received []int64
		want     string
	}{
		"after newer ones":   {[]int64{11, 13, 10, 12}, "lost [] disorder []"},
		"before an older":    {[]int64{12, 11, 13, 10}, "lost [] disorder []"},
		"others are judged":  {[]int64{10, 13, 12, 11}, "lost [] disorder [11]"},
		"one that is absent": {[]int64{11, 12, 13}, "lost [10] disorder []"},
	} {
		r := compareReceived(log, tc.received)
		if got := fmt.Sprintf("lost %v disorder %v", r.Lost, r.Disorder); got != tc.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func FuzzReadReceived(f *testing.F) {
	for _, s := range []string{"1\n2\n", "{\"eventId\":\"3\"}", "{\"eventId\":4}", "{}", "x", "\n\n", "{\"eventId\":\"-1\"}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ids, err := readReceived(strings.NewReader(s))
		if err != nil {
			return
		}
		for _, e := range ids {
			if e <= 0 || !strings.Contains(s, fmt.Sprint(e)) {
				t.Errorf("%q is read as %v", s, ids)
			}
		}
	})
}
