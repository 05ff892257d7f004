package container

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCheckName(t *testing.T) {
	for _, good := range []string{"a", "0", "web", "web.1", "a_b-c.d", "relay", "relayx", "x-relay-", "A9", strings.Repeat("a", NameMax)} {
		if err := CheckName(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, why := range map[string]string{
		"": "it is empty", ".": "begin with", "..": "begin with", "-a": "begin with", "_a": "begin with", "/": "begin with",
		"a/b": `"/" is not`, "a b": `" " is not`, "a\nb": `"\n" is not`, "a\x00": `"\x00" is not`, "a@b": `"@" is not`, "aä": "is not one of",
		"relay-": "unitmon's own", "relay-x": "unitmon's own", strings.Repeat("a", NameMax+1): "it has 65 bytes",
	} {
		if err := CheckName(bad); !errors.Is(err, ErrName) || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %s", bad, err, why)
		}
	}
}

// FuzzCheckName: a name that passes is harmless in paths and unit names and
// comes back out of its unit's name; every message is one line.
func FuzzCheckName(f *testing.F) {
	for _, s := range []string{"web", "", "..", "a/b", "relay-x", "a\nb", "\xff", strings.Repeat("é", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if err := CheckName(name); err != nil {
			if text := err.Error(); strings.ContainsAny(text, "\n\r\x00\x1b") || len(text) > 400 || !utf8.ValidString(text) {
				t.Errorf("message %q", text)
			}
			return
		}
		if len(name) > NameMax || strings.ContainsAny(name, "/ %\\@") || name == "." || name == ".." {
			t.Errorf("%q is allowed", name)
		}
		if got, ok := NameOfUnit(UnitName(name)); !ok || got != name {
			t.Errorf("%q comes back as %q, %t", name, got, ok)
		}
		if got, ok := NameOfUnit(RelayUnit(name)); ok {
			t.Errorf("the relay of %q passes for the container %q", name, got)
		}
	})
}

func ExampleCheckName() {
	fmt.Println(CheckName("web/1"))
	fmt.Println(CheckName("web-1"), UnitName("web-1"))
	// Output:
	// invalid container name "web/1": "/" is not one of a-z A-Z 0-9 _ . -
	// <nil> unitmon-web-1.service
}

func TestNameOfUnit_Others(t *testing.T) {
	for _, u := range []string{"ssh.service", "unitmon-a.socket", "unitmon-relay-a.socket", "unitmon-.service", "unitmon-a b.service", "unitmon@.service", "unitmon-exec-a-0123abcd.service"} {
		if name, ok := NameOfUnit(u); ok {
			t.Errorf("%s is the unit of container %q", u, name)
		}
	}
}

func TestDirOf(t *testing.T) {
	for _, tc := range []struct {
		user            bool
		run, want, fail string
	}{
		{false, "rel", "/run/unitmon/web", ""},
		{true, "/run/user/7", "/run/user/7/unitmon/web", ""},
		{true, "", "", "XDG_RUNTIME_DIR is not set"},
		{true, "rel", "", `XDG_RUNTIME_DIR "rel" is not an absolute path`},
	} {
		t.Setenv("XDG_RUNTIME_DIR", tc.run)
		d, err := DirOf("web", tc.user)
		if d.Path != tc.want || (err == nil) != (tc.fail == "") || err != nil && !strings.Contains(err.Error(), tc.fail) {
			t.Errorf("user %v, %q: got %q, %v, want %q, %q", tc.user, tc.run, d.Path, err, tc.want, tc.fail)
		}
	}
}
