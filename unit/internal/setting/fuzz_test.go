package setting

import (
	"math"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// FuzzParse: whatever the words, the result can be sent over D-Bus, or there
// is an error; and it does not depend on anything but the words.
func FuzzParse(f *testing.F) {
	for name := range types() {
		for _, v := range []string{"", "1", "~a b:c", "-/x:/y", `"a b" \x41`, "50%", "1min 3s", "+!!/bin/x y", "3-5,9"} {
			f.Add(name, v)
		}
	}
	f.Add("TimeoutSec", "0.5")
	f.Add("ConditionHost", "!|x")
	f.Add("ListenStream", "80")
	ty := types()
	f.Fuzz(func(t *testing.T, key, value string) {
		got, err := Parse(ty, key, value)
		if (err == nil) == (len(got) == 0) {
			t.Fatalf("%d properties and error %v", len(got), err)
		}
		for _, a := range got {
			if a.Name == "" || a.Value == nil {
				t.Fatalf("%+v", a)
			}
			dbus.MakeVariant(a.Value) // panics if it has no D-Bus type
		}
	})
}

// FuzzWords: what is quoted comes back as it was.
func FuzzWords(f *testing.F) {
	f.Add("a", "b c")
	f.Add(`q"uo'te`, `back\slash`)
	f.Fuzz(func(t *testing.T, a, b string) {
		quote := func(s string) string {
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
		}
		for _, q := range []quoting{unquote, unquote | unescape} {
			got, err := words(quote(a)+" \t"+quote(b), q)
			if err != nil || len(got) != 2 || got[0] != a || got[1] != b {
				t.Fatalf("%q, %v; want %q and %q", got, err, a, b)
			}
		}
	})
}

// FuzzParseSpan: a span that is accepted lies between the spans of its parts.
func FuzzParseSpan(f *testing.F) {
	for _, s := range []string{"1min 30s", "1.5h", "infinity", "7", "1y2M3w4d5h6m7s8ms9us", "5 s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseSpan(s)
		if err != nil {
			return
		}
		more, err := ParseSpan(s + " 1s")
		if n == math.MaxUint64 || strings.TrimSpace(s) == "infinity" {
			return
		}
		if err == nil && more < n {
			t.Fatalf("%q is %d, with a second more %d", s, n, more)
		}
	})
}
