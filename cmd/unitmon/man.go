package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// manSections is the order of a page's sections, as of man-pages(7). A page has
// those for which there is text.
var manSections = []string{
	"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "NOTES", "EXAMPLES", "SEE ALSO",
}

// newManPages is for the Makefile, which makes man pages of what it writes.
func newManPages() *cobra.Command {
	return &cobra.Command{
		Use: "manpages TEXTS DIR", Hidden: true, Args: cobra.ExactArgs(2),
		Short: "Write a man page in Markdown for each command",
		Long: "Write UNITMON.1.md, UNITMON-COMMAND.1.md … into DIR, made of the commands' own help. What that does\n" +
			"not say is in TEXTS/unitmon-COMMAND.md, and for all pages in TEXTS/default.md: sections that begin\n" +
			"with \"# HEADING\".",
		RunE: func(cmd *cobra.Command, args []string) error { return writeManPages(cmd.Root(), args[0], args[1]) },
	}
}

// writeManPages writes the page of root and one for each command that help
// shows.
func writeManPages(root *cobra.Command, texts, dir string) error {
	for _, cmd := range append([]*cobra.Command{root}, documented(root)...) {
		name := pageName(cmd)
		sections, err := manTexts(texts, name)
		if err != nil {
			return err
		}
		addHelp(sections, cmd)
		if err := os.WriteFile(filepath.Join(dir, name+".1.md"), []byte(manPage(name, sections)), 0o644); err != nil {
			return fmt.Errorf("man page %s: %w", name, err)
		}
	}
	return nil
}

// documented are the commands below cmd that have a page.
func documented(cmd *cobra.Command) []*cobra.Command {
	var list []*cobra.Command
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			list = append(list, c)
		}
	}
	return list
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manTexts reads the sections written by hand: the page's own before those of
// all pages.
func manTexts(dir, name string) (map[string]string, error) {
	sections := map[string]string{}
	for _, file := range []string{"default.md", name + ".md"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("man page %s: %w", name, err)
		}
		for heading, body := range splitSections(string(text)) {
			sections[heading] = body
		}
	}
	return sections, nil
}

// splitSections splits Markdown at its first-level headings. What is before the
// first one, and comments of a shell in a code block, are no sections.
func splitSections(text string) map[string]string {
	sections := map[string]string{}
	heading, fenced := "", false
	for _, line := range strings.SplitAfter(text, "\n") {
		fenced = fenced != strings.HasPrefix(line, "```")
		if h, ok := strings.CutPrefix(line, "# "); ok && !fenced {
			heading = strings.TrimSpace(h)
			continue
		}
		if heading != "" {
			sections[heading] += line
		}
	}
	return sections
}

// addHelp adds what the command says of itself, before what is there.
func addHelp(s map[string]string, cmd *cobra.Command) {
	long := cmd.Long
	if long == "" {
		long = cmd.Short + "."
	}
	s["NAME"] = pageName(cmd) + " - " + lowerFirst(cmd.Short) + "\n"
	s["SYNOPSIS"] = synopsis(cmd) + "\n"
	s["DESCRIPTION"] = paragraphs(long) + "\n" + s["DESCRIPTION"]
	for _, c := range documented(cmd) {
		s["COMMANDS"] += fmt.Sprintf("**%s**\n:   %s%s\n\n", c.Name(), escape(c.Short), pageOf(cmd, c))
	}
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	s["OPTIONS"] = optionList(cmd.LocalFlags().FlagUsages()+cmd.InheritedFlags().FlagUsages()) + "\n" + s["OPTIONS"]
	if cmd.Example != "" {
		s["EXAMPLES"] = paragraphs(indent(cmd.Example)) + "\n" + s["EXAMPLES"]
	}
}

// synopsis is a command's usage line. cobra's puts options last, where they
// would be the container's.
func synopsis(cmd *cobra.Command) string {
	args := strings.TrimPrefix(cmd.Use, cmd.Name())
	if !strings.Contains(args, "[options]") {
		args = " [options]" + args
	}
	if !cmd.HasParent() {
		args = " COMMAND" + args
	}
	return "**" + cmd.CommandPath() + "**" + escape(args)
}

// pageOf refers to the page of a command, which those of root have.
func pageOf(parent, c *cobra.Command) string {
	if parent.HasParent() {
		return ""
	}
	return "; **" + pageName(c) + "**(1)"
}

// manPage is the page; its first line is the title that go-md2man makes the
// header of, with @DATE@ and @VERSION@ for the Makefile.
func manPage(name string, sections map[string]string) string {
	title := name + ` 1 "@DATE@" "unitmon @VERSION@" "unitmon"`
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", title, strings.Repeat("=", len(title)))
	for _, heading := range manSections {
		if text := strings.Trim(sections[heading], "\n"); text != "" {
			fmt.Fprintf(&b, "# %s\n\n%s\n\n", heading, text)
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
