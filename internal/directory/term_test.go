package directory

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/op"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"张小明":         "m:2 ming:2 xiaoming:1 xm:1 zhangxiaoming:0 zxm:0 小明:1 张小明:0 明:2",
		"Alice Zhang": "alicezhang:0 az:0 z:1 zhang:1",
		"李Lee":        "l:1 lee:1 lilee:0 ll:0 李lee:0",
		"R&D 2部":      "2b:1 2bu:1 2部:1 b:2 bu:2 r&d2bu:0 r&d2部:0 r2b:0 部:2",
		"é":           "é:0",
		"":            "",
	} {
		terms := termsOf(name)
		var got []string
		for _, term := range slices.Sorted(maps.Keys(terms)) {
			got = append(got, term+":"+string(rune('0'+terms[term])))
		}
		for _, w := range strings.Fields(want) { // a surname may have further readings
			if !slices.Contains(got, w) {
				t.Errorf("%s lacks %s: %v", name, w, got)
			}
		}
		if most := len(strings.Fields(want)); len(got) > most && !strings.ContainsAny(name, "张李") {
			t.Errorf("%s has %v, want %s", name, got, want)
		}
	}
	if place, there := termsOf("曾国")["zengguo"]; !there || place != 0 {
		t.Errorf("the surname 曾 is not found as zeng: %v", termsOf("曾国"))
	}
}

func TestSplitMobile(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"13800000001": "86 13800000001", "+86-13800000001": "86 13800000001", "+852-61234567": "852 61234567",
		"+1-2025550123": "1 2025550123", "23800000001": "", "1380000000": "", "+86-1380": "", "+852-": "", "852-61234567": "",
		"+852-6123-4567": "", "+99999-61234567": "", " 13800000001": "", "": "",
	} {
		code, number, ok := splitMobile(given)
		if got := strings.TrimSpace(code + " " + number); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %v; want %q", given, got, ok, want)
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	path := pathBelow(pathBelow("/", 1), 12)
	if path != "/1/12/" || len(pathIDs(path)) != 2 {
		t.Errorf("path %q of %v", path, pathIDs(path))
	}
	for other, within := range map[string]bool{"/1/12/": true, "/1/12/34/": true, "/1/12/9/8/": true, "/1/120/": false, "/1/13/": false, "/1/": false} {
		if (other >= path && other < pathEnd(path)) != within {
			t.Errorf("%s below %s: %v", other, path, !within)
		}
		if got := seesPath(op.Range{Departments: pathIDs(path)[1:]}, other); got != within {
			t.Errorf("a range of %s has %s: %v", path, other, got)
		}
	}
}
