package apierror

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

var verb = regexp.MustCompile(`%[-+# 0]*(?:\[(\d+)\])?\d*(?:\.\d+)?([a-zA-Z%])`)

// verbs are the verbs of a format by the argument that each one takes.
func verbs(format string) []string {
	var list []string
	next := 1
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
		}
		list = append(list, fmt.Sprintf("%d %s", next, m[2]))
		next++
	}
	slices.Sort(list)
	return list
}

// wordless reports whether a format has no letters of its own.
func wordless(format string) bool {
	return !strings.ContainsFunc(verb.ReplaceAllString(format, ""), unicode.IsLetter)
}

func TestPhrasesSayTheSameTwice(t *testing.T) {
	t.Parallel()
	rows := map[string]phrase{}
	for _, p := range phrases {
		if p.ZH == "" || p.EN == "" {
			t.Errorf("%q lacks a side", p)
		}
		if zh, en := verbs(p.ZH), verbs(p.EN); !slices.Equal(zh, en) {
			t.Errorf("%q takes %v and %q takes %v", p.ZH, zh, p.EN, en)
		}
		if strings.ContainsFunc(p.EN, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%q is not English", p.EN)
		}
		for _, side := range slices.Compact([]string{p.ZH, p.EN}) {
			if before, there := rows[side]; there {
				t.Errorf("%q stands in %q and in %q", side, before, p)
			}
			rows[side] = p
		}
	}
}

// Every format that a refusal is given has a row, and every row has a user.
func TestEveryPhraseIsInTheTable(t *testing.T) {
	t.Parallel()
	formats := formatsOf(t, "..")
	for _, format := range slices.Sorted(maps.Keys(formats)) {
		if _, there := phraseOf[format]; !there && !wordless(format) {
			t.Errorf("%s: %q has no row in phrases.go", formats[format], format)
		}
	}
	for _, p := range phrases {
		if cmp.Or(formats[p.ZH], formats[p.EN]) == "" {
			t.Errorf("nobody says %q", p)
		}
	}
}

// formatsOf returns the formats that Want and Got are called with below dir,
// each with a place where it stands.
func formatsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	formats := map[string]string{}
	set := token.NewFileSet()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil || file.Name.Name == "apierror" { // which passes on what others say
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "Want" && f.Sel.Name != "Got" {
				return true
			}
			place := set.Position(call.Args[0].Pos())
			format, ok := text(call.Args[0])
			if !ok {
				t.Errorf("%s: the format is not written out", place)
			} else if formats[format] == "" {
				formats[format] = place.String()
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return formats
}

// text is the value of a string that is written out, in one piece or several.
func text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		left, ok1 := text(e.X)
		right, ok2 := text(e.Y)
		return left + right, ok1 && ok2 && e.Op == token.ADD
	}
	return "", false
}
