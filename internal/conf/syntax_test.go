package conf

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	const text = `# a comment
; another
[A]
Key = value with spaces  
Long=one \
# a comment in between
  two\
three
[B]
Escaped=\\
	Indented=x=y
Last=no newline`
	want := []Entry{
		{"A", "Key", "value with spaces", 4},
		{"A", "Long", "one    two three", 5},
		{"B", "Escaped", `\\`, 10},
		{"B", "Indented", "x=y", 11},
		{"B", "Last", "no newline", 12},
	}
	got, err := Parse("f", []byte(text))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestParse_Errors(t *testing.T) {
	for text, want := range map[string]string{
		"A=b":                          "f:1: A=: it is in no section",
		"[A]\n\nword":                  `f:3: "word" is no assignment`,
		"[A]\n=x":                      `f:2: "=x" is no assignment`,
		"[A\nb=c":                      `f:1: "[A" is no section header`,
		"[]":                           `f:1: "[]" is no section header`,
		"[A]\nk=\xff":                  "f:2: it is not UTF-8",
		"[A]\nk=a\\\n\x00":             "f:2: it has a NUL byte",
		"[A]\nk=a\rb=c\n":              "f:2: it has a NUL byte or a carriage return",
		strings.Repeat("x", lineMax+1): "f:1: the line is longer",
	} {
		_, err := Parse("f", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// TestParse_GoesOn: after what is wrong comes the rest.
func TestParse_GoesOn(t *testing.T) {
	got, err := Parse("f", []byte("[A]\nwrong\nk=v\n[B\nlost=x\n[C]\nl=w\n"))
	if diff := cmp.Diff([]Entry{{"A", "k", "v", 3}, {"C", "l", "w", 7}}, got); diff != "" {
		t.Error(diff)
	}
	var one *Error
	if !errors.As(err, &one) || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("%v, want two lines", err)
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                      nil,
		" a  b\tc ":             {"a", "b", "c"},
		`"a b" 'c "d"' e`:       {"a b", `c "d"`, "e"},
		`A="b c"d`:              {"A=b cd"},
		`"" ''`:                 {"", ""},
		`a\x20b \n\t\s \101`:    {"a b", "\n\t ", "A"},
		`\u00e4 \U0001F600 '\'`: nil,
	} {
		got, err := Words(text)
		if strings.HasSuffix(text, `'\'`) {
			if err == nil {
				t.Errorf("%s: no error", text)
			}
			continue
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", text, err, diff)
		}
	}
	if got, err := Words(`\u00e4\U0001F600`); err != nil || len(got) != 1 || got[0] != "ä😀" {
		t.Errorf("%q %v", got, err)
	}
}

func TestWords_Errors(t *testing.T) {
	for text, want := range map[string]string{
		`"a`: "a quote is not closed", `a\`: "a backslash at the end", `\q`: `unknown escape \q`, `\ä`: `unknown escape \ä`,
		`\x1`: "it wants 2 digits", `\xzz`: "of base 16", `\000`: "a NUL byte", `\777`: "more than a byte",
		`\ud800`: "no such character", `\UFFFFFFFF`: "no such character",
	} {
		if _, err := Words(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// FuzzParse: what is read can be written and read again, and every error has a
// line of the file.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "[A]\nk=v\n", "[A]\nk=a \\\n;c\n b", "[A", "k=v", "[A]\r\nk=v\r\n", "\\\n[A]\nk=\\"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := Parse("f", text)
		lines := 1 + strings.Count(string(text), "\n")
		var wrong *Error
		if errors.As(err, &wrong) && (wrong.Line < 1 || wrong.Line > lines) {
			t.Errorf("line %d of %d", wrong.Line, lines)
		}
		var b strings.Builder
		for _, e := range list {
			if strings.HasSuffix(e.Value, `\`) || strings.HasSuffix(e.Section, `\`) {
				return // it was followed by the end of the file: not to be written so
			}
			b.WriteString("[" + e.Section + "]\n" + e.Key + "=" + e.Value + "\n")
		}
		again, err := Parse("f", []byte(b.String()))
		if err != nil || len(again) != len(list) {
			t.Fatalf("%v\nwas %+v\nis  %+v", err, list, again)
		}
		for i := range list {
			list[i].Line, again[i].Line = 0, 0
		}
		if diff := cmp.Diff(list, again); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzWords: what Quote writes Words reads.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"", "a b", `"`, `\`, "ä\x00", "\n", `a\x20"b c"`, `'`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words, err := Words(s)
		if err != nil {
			return
		}
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = Quote(w)
		}
		again, err := Words(strings.Join(quoted, " "))
		if err != nil {
			if strings.ContainsRune(s, 0) {
				return // a NUL byte has no escape
			}
			t.Fatal(err)
		}
		if diff := cmp.Diff(words, again); diff != "" {
			t.Error(diff)
		}
	})
}
