package docs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPage(t *testing.T) {
	text := `
<!-- run: mkdir /srv/x -->

Text.

` + "```console" + `
# echo a \
  b
a b
$ false
(exit status 1)
` + "```" + `
<!-- run:
one
two
-->
<!-- not run: needs the sea -->
` + "```sh" + `
swim
` + "```" + `
` + "```sh" + `
walk
` + "```" + `
` + "```" + `
a picture
` + "```" + `
`
	want := page{
		Steps: []step{
			{Line: 2, Command: "mkdir /srv/x", Silent: true},
			{Line: 7, Command: "echo a \\\n  b", Want: []string{"a b"}},
			{Line: 10, Command: "false", Want: []string{"(exit status 1)"}},
			{Line: 13, Command: "one\ntwo", Silent: true},
			{Line: 22, Command: "(set -e\nwalk\n)", Silent: true},
		},
		Left: []left{{18, "needs the sea"}},
	}
	got, err := parsePage(text)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestPageErrors(t *testing.T) {
	for text, want := range map[string]string{
		"```console\nhello\n```":                           "2: a console block begins",
		"```console\n```":                                  "2: the block ends",
		"```console\n# a \\\n```":                          "3: the block ends",
		"```console\n# a":                                  "1: the block has no end",
		"\n- ok\n  ```sh\n":                                "3: a fence must begin",
		"```\n# a\n```":                                    "2: a command",
		"```\nmake x\n```":                                 "2: a command",
		"<!-- not run: x -->\ntext":                        "2: no block follows",
		"<!-- not run: x -->\n<!-- not run: y -->":         "2: no block follows",
		"<!-- not run: -->\n```sh\n```":                    "1: a block that is not run",
		"<!-- not run: x -->\n```\n```":                    "2: only console and sh",
		"<!-- run: a\n":                                    "1: the comment has no end",
		"<!-- not run: x -->\n```console\n# a\n```\n```\n": "5: the block has no end",
	} {
		if _, err := parsePage(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"a  b ", "a b", true},
		{"  a", "     a", true},
		{"  a", "a", false},
		{"a…c", "abbc", true},
		{"a…c", "ac", true},
		{"a…c", "acd", false},
		{"…b…", "abc", true},
		{"…b…b", "ab", false},
		{"a…", "b", false},
		{"…x", "x…x", true},
		{"a\n...\nd", "a\nb\nc\nd", true},
		{"a\n...\nd", "a\nd", true},
		{"a\n...\nd", "a\nb", false},
		{"...", "", true},
		{"...\nb\n...", "a\nb", true},
		{"...\nx\n...", "a\nb", false},
	} {
		if ok := matches(lines(c.want), lines(c.got)); ok != c.ok {
			t.Errorf("%q, %q: %v", c.want, c.got, ok)
		}
	}
}

func TestMasked(t *testing.T) {
	got := masked([]string{
		"Active: active since Sat 2026-11-21 12:48:00 UTC; 1min 2s ago",
		"Nov 21 12:48:00 box web[348]: took 348 s",
		"  └─12 sleep 12",
		"Main PID: 12 (sleep)",
		"x " + strings.Repeat("0a", 32) + " 0a0a",
		"State: active (running) since 2026-11-21 21:37:33, now",
	})
	want := []string{
		"Active: active since TIME",
		"TIME HOST web[PID]: took 348 s",
		"  └─PID sleep 12",
		"Main PID (sleep)",
		"x ID 0a0a",
		"State: active (running) since TIME",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func FuzzPage(f *testing.F) {
	f.Add("```console\n# a\nb\n```\n")
	f.Add("<!-- run: x -->\n<!-- not run: y -->\n```sh\nz\n```\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePage(text)
		if err != nil {
			return
		}
		for _, s := range p.Steps {
			if s.Line < 1 || s.Line > strings.Count(text, "\n")+1 {
				t.Errorf("line %d", s.Line)
			}
		}
	})
}

func FuzzMatchesLine(f *testing.F) {
	f.Add("a…c", "abc")
	f.Add("…", "")
	f.Fuzz(func(t *testing.T, want, got string) {
		if !matchesLine(got, got) && !strings.Contains(got, "…") {
			t.Errorf("%q is not itself", got)
		}
		if matchesLine(want, got) && !matchesLine("…"+want+"…", got) {
			t.Errorf("%q matches %q, but not within it", want, got)
		}
	})
}
