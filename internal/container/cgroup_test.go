package container

import (
	"strings"
	"testing"
)

func TestUnifiedPath(t *testing.T) {
	for text, want := range map[string]string{
		"0::/\n":                            "/",
		"0::/a.slice/b.service\n":           "/a.slice/b.service",
		"9:name=systemd:/x\n1:cpu:/\n0::/y": "/y",
		"0::/a (deleted)\n":                 "/a (deleted)",
		"":                                  "", "0::\n": "", "1:cpu:/x\n": "", "10::/x\n": "", "0::rel\n": "",
	} {
		got, err := unifiedPath(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
}

// FuzzUnifiedPath: what is found is an absolute path that is a line of the
// text.
func FuzzUnifiedPath(f *testing.F) {
	for _, s := range []string{"0::/\n", "1:cpu:/x\n0::/y\n", "0::", "0::/a\x00b\n", "\n\n0::/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := unifiedPath(text)
		if err != nil {
			return
		}
		if !strings.HasPrefix(path, "/") || strings.Contains(path, "\n") || !strings.Contains("\n"+text+"\n", "\n0::"+path+"\n") {
			t.Errorf("%q: %q", text, path)
		}
	})
}
