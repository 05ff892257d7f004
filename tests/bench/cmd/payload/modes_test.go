package main

import (
	"bytes"
	"testing"
)

func TestFill(t *testing.T) {
	for _, size := range []int{1, 2, 11, 12, 100} {
		line := make([]byte, size)
		fill(line, 7)
		if bytes.IndexByte(line, '\n') != size-1 || size > 1 && line[size-2] != '.' {
			t.Errorf("%d: %q", size, line)
		}
	}
	a, b := make([]byte, 100), make([]byte, 100)
	fill(a, 1234)
	fill(b, 1235)
	if !bytes.HasPrefix(a, []byte("0000001234")) || bytes.Equal(a[10:], b[10:]) {
		t.Errorf("%q, %q", a, b)
	}
}

func TestRun_Arguments(t *testing.T) {
	for _, args := range [][]string{{}, {"idle"}, {"fly", "/"}, {"lines", "/", "1"}, {"lines", "/", "1", "x"}, {"sink", "/", "0"}} {
		if err := run(args); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
