package oci

import (
	"encoding/json"
	"testing"
)

// FuzzParseConfig asserts that what is accepted is a usable bundle and that its
// written form is accepted again and stays the same.
func FuzzParseConfig(f *testing.F) {
	for _, s := range []string{
		minimal, `{}`, `[`, `{"process":{"args":5}}`,
		`{"ociVersion":"1.0.2","process":{"args":["a"],"cwd":"/","x":[1]},"root":{"path":"r"},"y":{"z":1e400},"linux":{"q":null}}`,
		`{"OCIVersion":"1.0.2","Process":{"ARGS":["a"],"cwd":"/"},"root":{"path":"r","readonly":false}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := parseConfig(data)
		if err != nil {
			return
		}
		if len(b.Spec.Process.Args) == 0 || b.Spec.Linux == nil {
			t.Fatalf("accepted %s", data)
		}
		first, err := b.marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseConfig(first)
		if err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		second, err := again.marshal()
		if err != nil || string(first) != string(second) {
			t.Errorf("%v: first %s second %s", err, first, second)
		}
	})
}

func TestPosition(t *testing.T) {
	for _, tc := range []struct {
		text      string
		line, col int
	}{{"", 1, 1}, {"x", 1, 1}, {"{\n x", 2, 2}, {"{\n\n}}", 3, 2}} {
		var v any
		err := json.Unmarshal([]byte(tc.text), &v)
		syntax, ok := err.(*json.SyntaxError) //nolint:errorlint // straight from the decoder
		if !ok {
			t.Fatalf("%q: %v", tc.text, err)
		}
		if line, col := position([]byte(tc.text), syntax.Offset); line != tc.line || col != tc.col {
			t.Errorf("%q: %d:%d, want %d:%d", tc.text, line, col, tc.line, tc.col)
		}
	}
}
