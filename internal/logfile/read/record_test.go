package read

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// show is a record on one line, without its time's zone.
func show(r Record) string {
	at := "-"
	if !r.Time.IsZero() {
		at = r.Time.UTC().Format("15:04:05.999999999")
	}
	end := "\\n"
	if r.Partial {
		end = ""
	}
	text := fmt.Sprintf("%s %d %q%s", at, r.Stream, r.Text, end)
	if r.Err != nil {
		text += " (" + r.Err.Error() + ")"
	}
	return text
}

func TestParse(t *testing.T) {
	const foreign = " (no log record)"
	tests := []struct {
		format   Format
		in, want string
	}{
		{K8s, "2026-11-21T09:19:22.032465950+01:00 stdout F hello", `08:19:22.03246595 0 "hello"\n`},
		{K8s, "2026-11-21T09:19:22.032465950+01:00 stderr P  hel ", `08:19:22.03246595 1 " hel "`},
		{K8s, "2026-11-21T08:19:22Z stdout F:tag ", `08:19:22 0 ""\n`},
		{K8s, "2026-11-21T08:19:22Z stdout F", `- 0 "2026-11-21T08:19:22Z stdout F"\n` + foreign},
		{K8s, "2026-11-21T08:19:22Z stdin F x", `- 0 "2026-11-21T08:19:22Z stdin F x"\n` + foreign},
		{K8s, "2026-11-21T08:19:22Z stdout X x", `- 0 "2026-11-21T08:19:22Z stdout X x"\n` + foreign},
		{K8s, "now stdout F x", `- 0 "now stdout F x"\n` + foreign},
		{K8s, "", `- 0 ""\n` + foreign},
		{JSON, `{"log":"hello\n","stream":"stdout","time":"2026-11-21T08:19:22.03246595Z"}`, `08:19:22.03246595 0 "hello"\n`},
		{JSON, `{"log":"hel","stream":"stderr","attrs":{"tag":"x"},"time":"2026-11-21T08:19:22Z"}`, `08:19:22 1 "hel"`},
		{JSON, `{"stream":"stderr","time":"2026-11-21T08:19:22Z"}`, `08:19:22 1 ""`},
		{JSON, `{"log":"\ufffd\udcff\ud83c\udf88\u003c\"\\\/\b\f\r\t\u0000\n","stream":"stdout","time":"2026-11-21T08:19:22Z"}`, `08:19:22 0 "�\xff🎈<\"\\/\b\f\r\t\x00"\n`},
		{JSON, `{"log":"\ud83c\udcff\ud83cx\udc7f","stream":"stdout","time":"2026-11-21T08:19:22Z"}`, `08:19:22 0 "\U0001f0ff�x�"`},
		{JSON, `{"log":"x","stream":"stdout"}`, `- 0 "{\"log\":\"x\",\"stream\":\"stdout\"}"\n` + foreign},
		{JSON, `{"log":1,"stream":"stdout","time":"2026-11-21T08:19:22Z"}`, `- 0 "{\"log\":1,\"stream\":\"stdout\",\"time\":\"2026-11-21T08:19:22Z\"}"\n` + foreign},
		{JSON, `{"log":null,"stream":"stdout","time":"2026-11-21T08:19:22Z"}`, `- 0 "{\"log\":null,\"stream\":\"stdout\",\"time\":\"2026-11-21T08:19:22Z\"}"\n` + foreign},
		{JSON, `{"log":"a\","stream":"stdout","time":"2026-11-21T08:19:22Z"}`, `- 0 "{\"log\":\"a\\\",\"stream\":\"stdout\",\"time\":\"2026-11-21T08:19:22Z\"}"\n` + foreign},
		{JSON, `{"stream":"stdout","log":"a","time":"2026-11-21T08:19:22Z"}`, `08:19:22 0 "a"`},
		{JSON, ` {"log":"a"}`, `- 0 " {\"log\":\"a\"}"\n` + foreign},
		{JSON, `null`, `- 0 "null"\n` + foreign},
		{JSON, ``, `- 0 ""\n` + foreign},
	}
	for _, tt := range tests {
		p := parser{format: tt.format}
		if got := show(p.parse([]byte(tt.in))); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

// TestParse_SameTime: the time of an earlier record does not stick.
func TestParse_SameTime(t *testing.T) {
	p := parser{format: K8s}
	for _, at := range []string{"2026-11-21T08:19:22Z", "2026-11-21T08:19:22Z", "2026-11-21T08:19:23Z", "2026-11-21T08:19:22Z"} {
		r := p.parse([]byte(at + " stdout F x"))
		if got := r.Time.Format(time.RFC3339); got != at {
			t.Errorf("got %s, want %s", got, at)
		}
		if r := p.parse([]byte("bad stdout F x")); r.Err == nil || !r.Time.IsZero() {
			t.Errorf("after it: %+v", r)
		}
	}
}

// FuzzParse: no line is a danger, and none is lost.
func FuzzParse(f *testing.F) {
	f.Add([]byte("2026-11-21T09:19:22.032465950+01:00 stdout F hello"))
	f.Add([]byte(`{"log":"a\udcff\ud83c\u12","stream":"stdout","time":"2026-11-21T08:19:22Z"}`))
	f.Add([]byte(`{"log":1,"stream":"stdout","time":"2026-11-21T08:19:22Z"}`))
	f.Add([]byte(`{"stream":"stdout","log":null,"time":"2026-11-21T08:19:22Z"}`))
	f.Add([]byte(`{"LOG":"\\","stream":"stdout","time":"2026-11-21T08:19:22Z","log":"x"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		for _, format := range []Format{K8s, JSON} {
			p := parser{format: format}
			r := p.parse(bytes.Clone(line))
			if r.Err != nil && !bytes.Equal(r.Text, line) {
				t.Fatalf("%q became %q", line, r.Text)
			}
			if r.Err == nil && format == K8s && !bytes.HasSuffix(line, r.Text) {
				t.Fatalf("%q became %q", line, r.Text)
			}
		}
	})
}

// FuzzUnquote: for strings without half surrogate pairs it is what
// encoding/json does.
func FuzzUnquote(f *testing.F) {
	f.Add(`a\u00e4\ud83c\udf88\n\"\\\/`)
	f.Add(`\udcff`)
	f.Fuzz(func(t *testing.T, s string) {
		quoted := `"` + s + `"`
		if !json.Valid([]byte(quoted)) {
			if _, ok := unquote(nil, []byte(s)); ok {
				t.Fatalf("%q is no JSON string", s)
			}
			return
		}
		var want string
		if err := json.Unmarshal([]byte(quoted), &want); err != nil {
			t.Fatal(err)
		}
		text, ok := unquote(nil, []byte(s))
		got := strings.ToValidUTF8(string(text), "\ufffd")
		if !ok || !strings.Contains(want, "\ufffd") && got != want {
			t.Fatalf("%s: %q, %v, want %q", s, got, ok, want)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, line := range map[string]string{
		"k8s-file":  "2026-11-21T09:19:22.032465950+01:00 stdout F " + strings.Repeat("x", 99),
		"json-file": `{"log":"` + strings.Repeat("x", 99) + `\n","stream":"stdout","time":"2026-11-21T08:19:22.03246595Z"}`,
	} {
		b.Run(name, func(b *testing.B) {
			p := parser{format: K8s}
			if name == "json-file" {
				p.format = JSON
			}
			in := []byte(line)
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				if r := p.parse(in); r.Err != nil {
					b.Fatal(r.Err)
				}
			}
		})
	}
}
