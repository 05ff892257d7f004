package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

const manTextDir = "../../docs/man/commands"

// TestManPages: each command has a page, with all sections and options.
func TestManPages(t *testing.T) {
	root, dir := newRoot(), t.TempDir()
	if err := writeManPages(root, manTextDir, dir); err != nil {
		t.Fatal(err)
	}
	list := append([]*cobra.Command{root}, documented(root)...)
	if len(list) < 8 {
		t.Errorf("only %d commands have a page", len(list))
	}
	for _, cmd := range list {
		page, err := os.ReadFile(filepath.Join(dir, pageName(cmd)+".1.md"))
		if err != nil {
			t.Error(err)
			continue
		}
		checkPage(t, cmd, string(page))
	}
}

func checkPage(t *testing.T, cmd *cobra.Command, page string) {
	t.Helper()
	for _, heading := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "FILES", "EXAMPLES", "SEE ALSO"} {
		_, rest, found := strings.Cut(page, "\n# "+heading+"\n\n")
		if !found || rest == "" {
			t.Errorf("%s: no %s where it belongs: write docs/man/commands/%[1]s.md", pageName(cmd), heading)
			continue
		}
		page = "\n" + rest
	}
}

// TestManPages_Options: an option of each kind, in the way of go-md2man.
func TestManPages_Options(t *testing.T) {
	cmd := &cobra.Command{Use: "x NAME", Short: "Do something", Run: func(*cobra.Command, []string) {}}
	cmd.Flags().BoolP("all", "a", false, "all of *them*")
	cmd.Flags().StringP("name", "n", "it", "the `NAME[:PATH]`")
	cmd.Flags().String("text", "", "two\nlines")
	cmd.Flags().Int("none", 0, "")
	sections := map[string]string{"OPTIONS": "More.\n"}
	addHelp(sections, cmd)
	want := `**-a**, **--all**
:   all of \*them\*

**-h**, **--help**
:   help for x

**-n**, **--name** *NAME\[:PATH\]*
:   the NAME\[:PATH\] (default "it")

**--none** *int*
:   

**--text** *string*
:   two
    lines

More.
`
	if diff := cmp.Diff(want, sections["OPTIONS"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got, want := sections["SYNOPSIS"], "**x** COMMAND \\[options\\] NAME\n"; got != want {
		t.Errorf("SYNOPSIS is %q, want %q", got, want)
	}
}

// TestManTexts: what is written by hand is of a command that there is, and has
// no heading that no page shows.
func TestManTexts(t *testing.T) {
	known := map[string]bool{"default": true, "unitmon": true}
	for _, cmd := range documented(newRoot()) {
		known[pageName(cmd)] = true
	}
	files, err := filepath.Glob(manTextDir + "/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d texts, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		if !known[name] {
			t.Errorf("%s: there is no such command", file)
		}
		sections, err := manTexts(manTextDir, name)
		if err != nil {
			t.Error(err)
		}
		for heading := range sections {
			if !strings.Contains(" "+strings.Join(manSections, " ")+" ", " "+heading+" ") {
				t.Errorf("%s: no page has a section %s", file, heading)
			}
		}
	}
}

func TestParagraphs(t *testing.T) {
	for in, want := range map[string]string{
		"a_b <c>\n\nd":       "a\\_b \\<c\\>\n\nd\n",
		"so:\n\n  x *y\n  z": "so:\n\n\n```\n  x *y\n  z\n```\n",
		"so:\n  x\nand # so": "so:\n\n```\n  x\n```\n\nand \\# so\n",
	} {
		if diff := cmp.Diff(want, paragraphs(in)); diff != "" {
			t.Errorf("%q: -want +got:\n%s", in, diff)
		}
	}
}

func TestSplitSections(t *testing.T) {
	text := "lost\n# A\n\none\n```\n# no heading\n```\n## two\n# B C\nthree\n"
	want := map[string]string{"A": "\none\n```\n# no heading\n```\n## two\n", "B C": "three\n"}
	if diff := cmp.Diff(want, splitSections(text)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
