package oci

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseVolume(t *testing.T) {
	for _, tc := range []struct{ in, src, dst, options string }{
		{"/a:/b", "/a", "/b", "rbind,rw,nosuid,nodev,rprivate"},
		{"/a:/b/../c/:rw", "/a", "/c", "rbind,rw,nosuid,nodev,rprivate"},
		{"/a:/b:ro", "/a", "/b", "rbind,ro,nosuid,nodev,rprivate,rro"},
		{"/a:/b:bind,ro,noexec,rslave", "/a", "/b", "bind,ro,nosuid,nodev,noexec,rslave"},
		{"/a:/b:suid,dev,suid", "/a", "/b", "rbind,rw,suid,dev,rprivate"},
	} {
		got, err := ParseVolume(tc.in)
		if err != nil {
			t.Errorf("%s: %v", tc.in, err)
			continue
		}
		want := mount(tc.dst, "bind", tc.src, strings.Split(tc.options, ",")...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.in, diff)
		}
	}
}

func TestParseVolume_Refused(t *testing.T) {
	for in, want := range map[string]string{
		"":                `volume : not of the form SRC:DST[:OPTION,…]`,
		"/a":              `volume /a: not of the form SRC:DST[:OPTION,…]`,
		"/a:/b:ro:rw":     `volume /a:/b:ro:rw: not of the form SRC:DST[:OPTION,…]`,
		"a:/b":            `volume a:/b: "a" is not an absolute path`,
		"/a:":             `volume /a:: "" is not an absolute path`,
		"/a:/b/..":        `volume /a:/b/..: the root itself cannot be a volume`,
		"/a:/b:":          `volume /a:/b:: unknown option ""`,
		"/a:/b:Z":         `volume /a:/b:Z: unknown option "Z"`,
		"/a:/b:ro,rw":     `volume /a:/b:ro,rw: options ro and rw exclude each other`,
		"/a:/b:dev,nodev": `volume /a:/b:dev,nodev: options dev and nodev exclude each other`,
	} {
		if _, err := ParseVolume(in); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", in, err, want)
		}
	}
}

func FuzzParseVolume(f *testing.F) {
	for _, s := range []string{"/a:/b", "/a:/b:ro", "/a:/b:rslave,noexec", "::", "/:/", "/a:/b:,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseVolume(s)
		if err != nil {
			return
		}
		if !path.IsAbs(m.Source) || !path.IsAbs(m.Destination) || m.Destination == "/" {
			t.Errorf("%q: paths %q and %q", s, m.Source, m.Destination)
		}
		if slices.Contains(m.Options, "ro") == slices.Contains(m.Options, "rw") {
			t.Errorf("%q: options %q", s, m.Options)
		}
	})
}
