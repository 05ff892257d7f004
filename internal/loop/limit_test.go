package loop

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestSetFileLimit: a log file gets whole records until the limit is reached,
// with what was there counted, and then no more; nobody waits for it.
func TestSetFileLimit(t *testing.T) {
	const limit = 500
	for _, before := range []int{0, 300, limit, 2 * limit} {
		r := newRig(t)
		go r.discard()
		path := r.path("log")
		r.must(os.WriteFile(path, bytes.Repeat([]byte("o"), before), 0o600))
		w := r.watch(func(l *Loop) {
			l.SetFile(0, K8sFile, []byte(path), 0, 1, true)
			l.SetFileLimit(0, limit)
		})
		for i := range 100 {
			r.write(0, fmt.Sprintf("line %d\n", i))
		}
		l := w.call()
		l.Drain()
		w.again()
		w.returns(Drained)
		text, err := os.ReadFile(path)
		r.must(err)
		record := len("2026-11-21T09:19:22.032465950+00:00 stdout F line 10\n")
		if n := len(text); n < max(limit, before) || n >= max(limit+record, before+1) {
			t.Errorf("%d bytes before: the file has %d", before, n)
		}
		if len(text) > before && !strings.HasSuffix(string(text), "\n") {
			t.Errorf("the last record is cut: %q", text[len(text)-20:])
		}
		if l.Undrained() != 0 || l.Stats().LostFiles[0] != 0 {
			t.Errorf("%d bytes before: %d bytes were left, %d lines are lost", before, l.Undrained(), l.Stats().LostFiles[0])
		}
	}
}

// TestSetDropFiles: a full disk stops nobody, and what is lost is counted.
func TestSetDropFiles(t *testing.T) {
	r := newRig(t)
	go r.discard()
	w := r.watch(func(l *Loop) {
		l.SetFile(0, K8sFile, []byte("/dev/full"), 0, 1, true)
		l.SetDropFiles()
	})
	const lines = 5000
	r.must(r.fifos[0].SetWriteDeadline(time.Now().Add(patience)))
	for range lines / 100 {
		r.write(0, strings.Repeat(strings.Repeat("x", 99)+"\n", 100)) // together more than a pipe holds
	}
	l := w.call()
	l.Drain()
	w.again()
	w.returns(Drained)
	if n := l.Stats().LostFiles[0]; n != lines {
		t.Errorf("%d lines are lost, not %d", n, lines)
	}
	if l.Undrained() != 0 {
		t.Errorf("%d bytes were left", l.Undrained())
	}
}
