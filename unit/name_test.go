package unit

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	for _, ok := range []string{"a.service", "unitmon-web.service", "a@b.socket", "a@b@c.service", `x\x2dy.scope`, "-.slice", "a.b:c_.timer"} {
		if err := CheckName(ok); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
	long := strings.Repeat("x", MaxNameLen-len(".service"))
	if err := CheckName(long + ".service"); err != nil {
		t.Errorf("longest name: %v", err)
	}
	for _, bad := range []string{
		"", "a", ".service", "@x.service", "a@.service", "a.foo", "a b.service", "a/b.service",
		"a\n.service", "ü.service", "a@b c.service", long + "x.service", "a'b.service",
	} {
		if err := CheckName(bad); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"web": "web", "a-b": `a\x2db`, "a/b": "a-b", ".x": `\x2ex`, "x.y": "x.y", "ü": `\xc3\xbc`, "a@b": `a\x40b`, "": "",
	} {
		if got := Escape(in); got != want {
			t.Errorf("Escape(%q) = %q, want %q", in, got, want)
		}
	}
	for _, bad := range []string{`\`, `\x`, `\x1`, `\y41`, `\xg0`, `a\x4`} {
		if s, err := Unescape(bad); err == nil {
			t.Errorf("Unescape(%q) = %q", bad, s)
		}
	}
}

// FuzzEscape: Unescape undoes Escape, and what Escape makes can be an instance.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"web", "a-b/c", ".hidden", "\x00\xff", `\x2d`, "a@b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := Escape(s)
		back, err := Unescape(e)
		if err != nil || back != s {
			t.Fatalf("%q escaped is %q, back is %q, %v", s, e, back, err)
		}
		if name := "x@" + e + ".service"; e != "" && len(name) <= MaxNameLen {
			if err := CheckName(name); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzCheckName: no accepted name can break a match rule or an object path.
func FuzzCheckName(f *testing.F) {
	f.Add("a@b.service")
	f.Add("a'.service")
	f.Fuzz(func(t *testing.T, s string) {
		if CheckName(s) != nil {
			return
		}
		if strings.ContainsAny(s, "'\",/ \n\x00") || !unitPath(s).IsValid() {
			t.Fatalf("%q accepted; path %s", s, unitPath(s))
		}
	})
}
