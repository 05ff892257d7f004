package oci

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

const passwd = `# comment
root:x:0:0:root:/root:/bin/sh
short:x:1
bad:x:99999999999:1::/:
web:x:33:34:Web:/var/www:/bin/sh
5:x:70:71:a name of digits:relative:
`

const group = `root:x:0:
web:x:34:web
log:x:40:nobody,web
wheel:x:10:web`

func userRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"passwd": passwd, "group": group} {
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestLookupUser(t *testing.T) {
	root := userRoot(t)
	for _, tc := range []struct {
		user string
		want specs.User
		home string
	}{
		{"root", specs.User{}, "/root"},
		{"0:0", specs.User{}, "/root"},
		{"web", specs.User{UID: 33, GID: 34, AdditionalGids: []uint32{40, 10}}, "/var/www"},
		{"33", specs.User{UID: 33, GID: 34, AdditionalGids: []uint32{40, 10}}, "/var/www"},
		{"web:wheel", specs.User{UID: 33, GID: 10}, "/var/www"},
		{"web:7", specs.User{UID: 33, GID: 7}, "/var/www"},
		{"1000", specs.User{UID: 1000}, "/"},
		{"1000:log", specs.User{UID: 1000, GID: 40}, "/"},
		{"5", specs.User{UID: 70, GID: 71}, "/"}, // a name goes before a number
	} {
		got, err := lookupUser(root, tc.user)
		if err != nil {
			t.Errorf("%s: %v", tc.user, err)
			continue
		}
		if diff := cmp.Diff(foundUser{tc.want, tc.home}, got, cmp.AllowUnexported(foundUser{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.user, diff)
		}
	}
}

// TestLookupUser_Escape asserts that an image cannot make the host's files be
// read.
func TestLookupUser_Escape(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(root, "etc/passwd")); err != nil {
		t.Fatal(err)
	}
	if u, err := lookupUser(root, "daemon"); err == nil {
		t.Errorf("found %+v outside of the root", u)
	}
}

func FuzzParseDatabase(f *testing.F) {
	f.Add(passwd, "web", "wheel")
	f.Add(group, "5", "")
	f.Add(":::::::\n:", "4294967295", "-1")
	f.Fuzz(func(t *testing.T, text, user, group string) {
		for _, r := range parseDatabase(text, 7) {
			if len(r) < 7 {
				t.Fatalf("record %q has %d fields", r, len(r))
			}
		}
		u, _, err := findUser(parseDatabase(text, 7), user)
		if err == nil && (u.home == "" || u.home[0] != '/') {
			t.Errorf("user %q has home %q", user, u.home)
		}
		_, _, _ = parseID(group)
	})
}
