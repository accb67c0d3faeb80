package jsonmask

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/op"
)

func TestName(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"$.list[*].mobile": "mobile", "$..mobile[0]": "mobile", "$['a b'].*": "a b", "$": "$", "$[*]": "$", "mobile": "$"} {
		if got := Name(path); got != want {
			t.Errorf("%s: %s, not %s", path, got, want)
		}
	}
}

func TestPathsThatAreNone(t *testing.T) {
	t.Parallel()
	for path, at := range map[string]int{
		"":                              0,
		"mobile":                        0,
		"$mobile":                       1,
		"$.":                            2,
		"$..":                           3,
		"$...a":                         3,
		"$.a-b":                         3,
		"$.1":                           2,
		"$[":                            2,
		"$[]":                           2,
		"$[-1]":                         2,
		"$[01]":                         2,
		"$[1":                           3,
		"$[1:2]":                        3,
		"$[0,1]":                        3,
		"$[?@.a]":                       2,
		"$['a]":                         5,
		"$['a'":                         5,
		`$['\x']`:                       3,
		`$['\ud800']`:                   3,
		"$['\xff']":                     3,
		"$.\xff":                        2,
		"$.a b":                         3,
		"$['a\nb']":                     4,
		"$[9999999999]":                 2,
		"$" + strings.Repeat(".a", 33):  65,
		"$." + strings.Repeat("a", 512): 512,
	} {
		_, err := Compile([]Rule{{Path: "$.fine", Kind: op.MaskHide}, {Path: path, Kind: op.MaskHide}})
		var rule *RuleError
		var place *PathError
		if !errors.As(err, &rule) || rule.Rule != 1 || !errors.As(err, &place) {
			t.Errorf("%q: %v", path, err)
		} else if place.At != at {
			t.Errorf("%q: %v, not at %d", path, err, at)
		}
	}
}

func TestPathErrorsTellWhatWasExpected(t *testing.T) {
	t.Parallel()
	_, err := Compile([]Rule{{Path: "$.list[mobile].and.so.on.and.on", Kind: op.MaskHide}})
	const want = "rule 0: jsonmask: path $.list[mobile].and.so.on.and.on, byte 7: " +
		"expected *, a number from 0, or a name in quotes, found “mobile].and.so.on.an…”"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestRulesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, r := range []Rule{
		{Path: "$.a"},
		{Path: "$.a", Kind: "unheard-of"},
		{Path: "$.a", Kind: op.MaskPattern},
		{Path: "$.a", Kind: op.MaskPattern, Pattern: "("},
		{Path: "$.a", Kind: op.MaskPhone, Pattern: "a"},
	} {
		var rule *RuleError
		if _, err := Compile([]Rule{r}); !errors.As(err, &rule) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if _, err := Compile(make([]Rule, MaxRules+1)); !errors.Is(err, ErrTooMany) {
		t.Errorf("too many rules: %v", err)
	}
	if _, err := Compile([]Rule{{Path: "$..a" + strings.Repeat(".*", 12), Kind: op.MaskHide}}); !errors.Is(err, ErrTangled) {
		t.Errorf("a path of 4096 combinations: %v", err)
	}
}

func TestManyRulesMakeAPlan(t *testing.T) {
	t.Parallel()
	var rules []Rule
	for i := range MaxRules {
		rules = append(rules, Rule{Path: fmt.Sprintf("$..list[*].field%d", i), Kind: op.MaskName})
	}
	p, err := Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	seen, err := p.Mask(&out, strings.NewReader(`{"a":{"list":[{"field127":"Somebody","field128":"Somebody"}]}}`))
	if want := `{"a":{"list":[{"field127":"S**","field128":"Somebody"}]}}`; err != nil || out.String() != want {
		t.Errorf("%s, %v", out.String(), err)
	}
	if seen.Count(127) != 1 || seen.Count(126) != 0 || !seen.Any() {
		t.Errorf("counted %d and %d", seen.Count(127), seen.Count(126))
	}
	if empty, err := Compile(nil); err != nil || !empty.Empty() || p.Empty() {
		t.Errorf("no rules are not empty: %v", err)
	}
}
