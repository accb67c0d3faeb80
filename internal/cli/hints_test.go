package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func TestNoCommandStandsTwice(t *testing.T) {
	t.Parallel()
	var look func(*cobra.Command)
	look = func(cmd *cobra.Command) {
		known := map[string]bool{}
		for _, sub := range cmd.Commands() {
			if known[sub.Name()] {
				t.Errorf("%s has two commands %s", cmd.CommandPath(), sub.Name())
			}
			known[sub.Name()] = true
			look(sub)
		}
	}
	look((&commands{}).root())
}

// Commands that the console, the refusals and the README print are there, with the
// flags that are printed. The address of the platform is no part of a hint: it
// stands in the environment, and whoever mistakes it for something else sends a
// password there.
func TestPrintedCommandsExist(t *testing.T) {
	t.Parallel()
	found := 0
	for _, line := range printedCommands(t) {
		cmd, rest, err := (&commands{}).root().Find(strings.Fields(line))
		if err != nil || !cmd.HasParent() || cmd.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
			t.Errorf("gatepost %s: no such command", line)
			continue
		}
		found++
		for _, word := range rest {
			name, isFlag := strings.CutPrefix(word, "--")
			if !isFlag || name == "" {
				continue
			}
			name, _, _ = strings.Cut(name, "=")
			if flagOf(cmd, name) == nil || name == "url" {
				t.Errorf("gatepost %s: %s has no flag --%s that may be printed", line, cmd.CommandPath(), name)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d commands were found", found)
	}
}

func flagOf(cmd *cobra.Command, name string) *pflag.Flag {
	if f := cmd.Flags().Lookup(name); f != nil {
		return f
	}
	return cmd.InheritedFlags().Lookup(name)
}

// printed finds a command: in code up to the end of the text, in the README, where
// a command stands at the beginning of a line, up to a comment.
var printed = regexp.MustCompile("(?m)(?:^|['\"`：；，;,] ?)gatepost ((?:events|listen|faults|app|suites|org|explain)\\b[ -~]*)")

// printedCommands returns what follows "gatepost" in the texts of the console, the
// table of refusals and the README's examples.
func printedCommands(t *testing.T) (lines []string) {
	t.Helper()
	read := func(file string) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range printed.FindAllStringSubmatch(string(text), -1) {
			line, _, _ := strings.Cut(m[1], " #")
			if end := strings.IndexAny(line, "'`\"|,;[…"); end >= 0 && !strings.HasSuffix(file, "README.md") {
				line = line[:end]
			}
			if !strings.ContainsAny(line, "|[") {
				lines = append(lines, line)
			}
		}
	}
	root := filepath.Join("..", "..")
	read(filepath.Join(root, "README.md"))
	read(filepath.Join(root, "internal", "apierror", "table.go"))
	err := filepath.WalkDir(filepath.Join(root, "web", "src", "console"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".tsx") {
			read(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
