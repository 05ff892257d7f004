package cli

import (
	"strings"
	"testing"
)

func TestLog_Add(t *testing.T) {
	file := func(path string) Log { return Log{File: path} }
	for value, want := range map[string]Log{
		"off": {}, "null": {}, "none": {}, "none:x": {}, "none:": {},
		"passthrough": {Passthrough: true}, "passthrough:x": {Passthrough: true},
		"journald": {Journal: true}, "journald:": {Journal: true}, "journald:42": {Journal: true},
		"k8s-file:p": file("p"), "k8s-file::p": file("p"), "k8s-file:/a:b:c": file("/a:b:c"), "k8s-file:a:": file("a:"),
		":p": file("p"), "::p": file("p"), ":journald": file("journald"), ":none": file("none"), ":k8s-file": file("k8s-file"),
		":k8s-file:p": file("p"), ":journald:x": {Journal: true}, ":a:b": file("a:b"),
		"p": file("p"), "/var/log/p": file("/var/log/p"), "/a:b": file("/a:b"), "d/a:b": file("d/a:b"),
		"Journald": file("Journald"),
	} {
		var l Log
		if wrong := l.add(value); wrong != "" || l != want {
			t.Errorf("%q: %+v, %q; want %+v", value, l, wrong, want)
		}
	}
	for value, want := range map[string]string{
		"": "log-path must not be empty", ":": "log-path must not be empty", ":::": "log-path must not be empty",
		"k8s-file": "k8s-file requires a filename", "k8s-file:": "k8s-file requires a filename", "k8s-file::": "k8s-file requires a filename",
		"json-file:p": "No such log driver json-file", "p:": "No such log driver p", "Journald:": "No such log driver Journald",
	} {
		var l Log
		if wrong := l.add(value); wrong != want || l != (Log{}) {
			t.Errorf("%q: %+v, %q; want %q", value, l, wrong, want)
		}
	}
}

// FuzzLog_Add: what is accepted says where the output goes, and a path is
// always the end of what was given.
func FuzzLog_Add(f *testing.F) {
	for _, seed := range []string{"journald:42", "k8s-file:/a:b", ":none", "::", "x:y", "none:", "passthrough"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		var l Log
		wrong := l.add(value)
		if wrong != "" && l != (Log{}) {
			t.Fatalf("%q is wrong and gives %+v", value, l)
		}
		if !strings.HasSuffix(value, l.File) {
			t.Fatalf("%q gives the path %q", value, l.File)
		}
	})
}
