package goption_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/internal/engine/cli/goption"
)

// values has one variable of each kind.
type values struct {
	Tty, Stdin, Given bool
	ID, Bundle        string
	Args              []string
	Timeout           int
	Size              int64
}

func (v *values) table() []goption.Option {
	return []goption.Option{
		{Long: "terminal", Short: 't', Into: &v.Tty},
		{Long: "stdin", Short: 'i', Into: &v.Stdin},
		{Long: "cid", Short: 'c', Into: &v.ID, Given: &v.Given},
		{Long: "bundle", Short: 'b', Into: &v.Bundle},
		{Long: "arg", Into: &v.Args},
		{Long: "old-arg", Into: &v.Args, Hidden: true},
		{Long: "timeout", Short: 'T', Into: &v.Timeout},
		{Long: "size", Into: &v.Size},
	}
}

func TestParse(t *testing.T) {
	tests := []struct {
		line string // words separated by one space
		want values
		rest string
	}{
		{line: "--cid x", want: values{ID: "x", Given: true}},
		{line: "--cid=x=y", want: values{ID: "x=y", Given: true}},
		{line: "--cid=", want: values{Given: true}},
		{line: "--cid --terminal", want: values{ID: "--terminal", Given: true}},
		{line: "--arg -- --arg  --old-arg=z", want: values{Args: []string{"--", "", "z"}}},
		{line: "-b a -b b --bundle c", want: values{Bundle: "c"}},
		{line: "-itc x", want: values{Tty: true, Stdin: true, ID: "x", Given: true}},
		{line: "-ci x", want: values{Stdin: true, ID: "x", Given: true}},
		{line: "--terminal=false --stdin=", want: values{Tty: true, Stdin: true}},
		{line: "--terminal false", want: values{Tty: true}, rest: "false"},
		{line: "-T -5 --size 0x10", want: values{Timeout: -5, Size: 16}},
		{line: "1 - -i x", want: values{Stdin: true}, rest: "1 - x"},
		{line: "x -- y", rest: "x y"},
		{line: "-- -t", rest: "-- -t"},
		{line: "-- --", rest: "-- --"},
		{line: "- -- x", rest: "- x"},
		{line: "-- -", rest: "-- -"},
		{line: "--bundle \xff", want: values{Bundle: "\xff"}},
	}
	for _, tt := range tests {
		var got values
		rest, err := goption.Parse(got.table(), strings.Split(tt.line, " "))
		if err != nil {
			t.Errorf("%q: %v", tt.line, err)
			continue
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%q:\n%s", tt.line, d)
		}
		if r := strings.Join(rest, " "); r != tt.rest {
			t.Errorf("%q leaves %q, want %q", tt.line, r, tt.rest)
		}
	}
}

func TestParse_Errors(t *testing.T) {
	for line, want := range map[string]string{
		"--ci x":       "Unknown option --ci",
		"--no-stdin":   "Unknown option --no-stdin",
		"--zz=1":       "Unknown option --zz=1",
		"---cid":       "Unknown option ---cid",
		"--=x":         "Unknown option --=x",
		"--help=x":     "Unknown option --help=x",
		"--help-all=":  "Unknown option --help-all=",
		"-cx y":        "Unknown option -cx",
		"-tx":          "Unknown option -tx",
		"-t=false":     "Unknown option -t=false",
		"-cx":          "Missing argument for -c",
		"-c":           "Missing argument for -c",
		"-th=":         "help is asked for",
		"--cid":        "Missing argument for --cid",
		"-cb A B":      "Error parsing option -b",
		"-T x":         "Cannot parse integer value “x” for -T",
		"--timeout=x":  "Cannot parse integer value “x” for --timeout",
		"--timeout ":   "Cannot parse integer value “” for --timeout",
		"--size=1 -zh": "Unknown option -zh",
	} {
		_, err := goption.Parse(new(values).table(), strings.Split(line, " "))
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
}

func TestParse_Help(t *testing.T) {
	for line, want := range map[string]bool{
		"--help": true, "--help-all": true, "-h": true, "-?": true, "-ti? -z": true, "x -h --zz": true,
		"-z -h": false, "-- -h": false, "--cid -h": false, "h": false,
	} {
		_, err := goption.Parse(new(values).table(), strings.Split(line, " "))
		if errors.Is(err, goption.ErrHelp) != want {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// TestParse_NoWords: neither no words nor no options are a mistake.
func TestParse_NoWords(t *testing.T) {
	if rest, err := goption.Parse(nil, nil); err != nil || rest != nil {
		t.Errorf("no words: %q, %v", rest, err)
	}
	if _, err := goption.Parse(nil, []string{"-a"}); err == nil || err.Error() != "Unknown option -a" {
		t.Errorf("no options: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"-itc x", "--cid=x -- -y", "-Ti 5", "-cb A B", "-h", "--arg  --arg --", "-T 99999999999", "- -- -"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Split(line, " ")
		var v values
		rest, err := goption.Parse(v.table(), words)
		if err != nil {
			return
		}
		// What is left is what came, in order.
		at := 0
		for _, r := range rest {
			i := slices.Index(words[at:], r)
			if i < 0 {
				t.Fatalf("%q leaves %q", words, rest)
			}
			at += i + 1
		}
		// Without the options nothing but the rest is there to be left.
		again, err := goption.Parse(new(values).table(), append([]string{"--"}, rest...))
		if err != nil {
			t.Fatalf("rest %q: %v", rest, err)
		}
		if len(again) == len(rest)+1 { // "--" stays before a word with '-'
			again = again[1:]
		}
		if !slices.Equal(again, rest) {
			t.Fatalf("rest %q parses to %q", rest, again)
		}
	})
}
