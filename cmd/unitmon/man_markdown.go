package main

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// usageLine is a line of pflag's FlagUsages: "  -d, --detach NAME   text".
var usageLine = regexp.MustCompile(`^ {2,6}(?:-(\w), )?--([\w-]+)(?: (\S.*?))?(?: {3,}(.*))?$`)

// optionList makes a definition list of pflag's FlagUsages.
func optionList(usages string) string {
	var b strings.Builder
	for line := range strings.Lines(usages) {
		line = strings.TrimSuffix(line, "\n")
		m := usageLine.FindStringSubmatch(line)
		if m == nil { // a usage of several lines
			fmt.Fprintf(&b, "    %s\n", escape(strings.TrimSpace(line)))
			continue
		}
		b.WriteString("\n")
		if m[1] != "" {
			fmt.Fprintf(&b, "**-%s**, ", m[1])
		}
		fmt.Fprintf(&b, "**--%s**", m[2])
		if m[3] != "" {
			fmt.Fprintf(&b, " *%s*", escape(m[3]))
		}
		fmt.Fprintf(&b, "\n:   %s\n", escape(m[4]))
	}
	return strings.TrimPrefix(b.String(), "\n")
}

// paragraphs escapes running text, and makes code blocks of lines that are
// indented.
func paragraphs(text string) string {
	var b strings.Builder
	code := false
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		indented := strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "\t")
		switch {
		case indented && !code:
			b.WriteString("\n```\n")
		case !indented && code:
			b.WriteString("```\n\n")
		}
		code = indented
		if !code {
			line = escape(line)
		}
		b.WriteString(line)
	}
	if code {
		b.WriteString("```\n")
	}
	return b.String()
}

// indent indents all lines by two spaces at least.
func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}

// escape makes text literal in Markdown.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_[]<>#|", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if next, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(next) {
		return s // an abbreviation
	}
	return string(unicode.ToLower(r)) + s[n:]
}
