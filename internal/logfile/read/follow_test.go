package read

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// rotate renames the log's files as the relay does, keeping files of them.
func (d logDir) rotate(files int) {
	d.t.Helper()
	there, err := filepath.Glob(d.path + ".*")
	if err != nil {
		d.t.Fatal(err)
	}
	for k := min(files-2, len(there)); k >= 0; k-- {
		from := d.path
		if k > 0 {
			from += "." + strconv.Itoa(k)
		}
		err := os.Rename(from, d.path+"."+strconv.Itoa(k+1))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			d.t.Fatal(err)
		}
	}
	if files == 1 { // in one step: there always is one
		d.write(99, "")
		if err := os.Rename(d.path+".99", d.path); err != nil {
			d.t.Fatal(err)
		}
		return
	}
	d.write(0, "")
}

// follow reads in the background and gives what it reads.
func follow(t *testing.T, d logDir, o Options) (<-chan string, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out := make(chan string)
	o.Follow = true
	r, err := Open(d.path, o)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(out)
		defer func() { _ = r.Close() }()
		for {
			rec, err := r.Next(ctx)
			if err != nil {
				if !errors.Is(err, io.EOF) {
					out <- err.Error()
				}
				return
			}
			out <- show(rec)
		}
	}()
	t.Cleanup(func() {
		cancel()
		for range out { // until it has ended
			continue
		}
	})
	return out, cancel
}

func expect(t *testing.T, out <-chan string, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := <-out; got != w {
			t.Fatalf("got %s, want %s", got, w)
		}
	}
}

// TestFollow: from before there is a file, over rotations, a truncation and a
// rotation by another program, each line once; what is there when waiting ends
// is read to the end.
func TestFollow(t *testing.T) {
	for _, files := range []int{1, 2, 3} {
		d := newLog(t)
		out, cancel := follow(t, d, Options{Tail: -1})
		d.write(0, line(1, "a"))
		expect(t, out, shown(1, "a"))
		d.write(0, line(2, "b")[:20])
		d.write(0, line(2, "b")[20:])
		expect(t, out, shown(2, "b"))
		for n := range 5 {
			d.write(0, line(n, "before"))
			d.rotate(files)
			d.write(0, line(n, "after"))
			expect(t, out, shown(n, "before"), shown(n, "after"))
		}
		if err := os.Truncate(d.path, 0); err != nil {
			t.Fatal(err)
		}
		d.write(0, line(7, "c"))
		expect(t, out, shown(7, "c"))
		d.write(0, line(8, "d"))
		d.rotate(files)
		d.write(0, line(9, "e"))
		cancel()
		expect(t, out, shown(8, "d"), shown(9, "e"), "")
	}
}

// TestFollow_OtherProgram: who renames the log and makes a new one (logrotate)
// has the writer go on with the old one until it is told to reopen.
func TestFollow_OtherProgram(t *testing.T) {
	d := newLog(t)
	d.write(1, line(0, "old"))
	if err := os.Chtimes(d.path+".1", at(0), at(0)); err != nil {
		t.Fatal(err)
	}
	d.write(0, line(1, "a"))
	out, _ := follow(t, d, Options{Tail: 1})
	expect(t, out, shown(1, "a"))
	dated := logDir{t, d.path + "-20261121"}
	if err := os.Rename(d.path, dated.path); err != nil {
		t.Fatal(err)
	}
	d.write(0, "")
	dated.write(0, line(2, "b"))
	expect(t, out, shown(2, "b"))
	dated.write(0, line(3, "c"))
	d.write(0, line(4, "d"))
	expect(t, out, shown(3, "c"), shown(4, "d"))
}

// TestFollow_Gap: files that were rotated away unread are missed, which is
// said.
func TestFollow_Gap(t *testing.T) {
	d := newLog(t)
	d.write(0, line(0, "a")+line(1, "b"))
	r := d.open(Options{Tail: -1, Follow: true})
	if rec, err := r.Next(done()); err != nil || show(rec) != shown(0, "a") {
		t.Fatal(show(rec), err)
	}
	for n := 2; n < 6; n++ {
		d.rotate(2)
		d.write(0, line(n, "x"))
	}
	check(t, all(t, r), shown(1, "b"), `- 0 ""\n (`+ErrGap.Error()+")", shown(4, "x"), shown(5, "x"))
}

// TestFollow_Busy: a writer that rotates every few lines, as fast as it can,
// and a reader beside it: every line comes once, in order.
func TestFollow_Busy(t *testing.T) {
	const lines = 3000
	d := newLog(t)
	out, cancel := follow(t, d, Options{Tail: -1})
	go func() {
		defer cancel()
		for n := range lines {
			if n%20 == 19 {
				d.rotate(1000)
			}
			d.write(0, line(0, fmt.Sprint(n)))
		}
	}()
	for n := range lines {
		expect(t, out, shown(0, fmt.Sprint(n)))
	}
	expect(t, out, "")
}

// TestReader_Busy: the same while the whole log is read again and again:
// a prefix of what was written, each line once.
func TestReader_Busy(t *testing.T) {
	const lines = 1000
	d := newLog(t)
	written := make(chan struct{})
	go func() {
		defer close(written)
		for n := range lines {
			if n%5 == 4 {
				d.rotate(1000)
			}
			d.write(0, line(0, fmt.Sprint(n)))
		}
	}()
	for last := false; !last; {
		select {
		case <-written:
			last = true
		default:
		}
		got := all(t, d.open(Options{Tail: -1}))
		for n, text := range got {
			if text != shown(0, fmt.Sprint(n)) {
				t.Fatalf("%d is %s", n, text)
			}
		}
		if last && len(got) != lines {
			t.Fatalf("%d lines", len(got))
		}
	}
}

// TestReader_Closes: no descriptor outlives the reader.
func TestReader_Closes(t *testing.T) {
	d := newLog(t)
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	d.write(0, line(0, "a"))
	warm, err := Open(d.path, Options{Follow: true}) // starts what the runtime keeps
	if err != nil || warm.Close() != nil {
		t.Fatal(err)
	}
	before := count()
	for n := range 4 {
		r, err := Open(d.path, Options{Tail: n - 1, Follow: n%2 == 0})
		if err != nil {
			t.Fatal(err)
		}
		d.rotate(3)
		d.write(0, line(n, "x"))
		all(t, r)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := Open(filepath.Join(filepath.Dir(d.path), "none", "log"), Options{Follow: true}); err == nil {
		t.Error("no directory is no error")
	}
	if after := count(); after != before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

// TestFollow_CutBack: a writer that could not write a record as a whole takes
// it back and writes it again.
func TestFollow_CutBack(t *testing.T) {
	d := newLog(t)
	cut := func(size int) {
		t.Helper()
		if err := os.Truncate(d.path, int64(size)); err != nil {
			t.Fatal(err)
		}
	}
	r := d.open(Options{Tail: -1, Follow: true})
	a, b := line(1, "a"), line(2, "b")
	d.write(0, a+b[:20])
	check(t, all(t, r), shown(1, "a"))
	cut(len(a))
	check(t, all(t, r))
	d.write(0, line(3, "c")+b[:30])
	check(t, all(t, r), shown(3, "c"))
	cut(2 * len(a))
	d.write(0, b[:10]) // shorter than what was read, and another record's beginning
	check(t, all(t, r))
	d.write(0, b[10:])
	check(t, all(t, r), shown(2, "b"))
	cut(2 * len(a))
	d.write(0, b[:10])
	check(t, all(t, r))
	d.write(0, b[10:]+line(4, "d"))
	check(t, all(t, r), shown(2, "b"), shown(4, "d"))
	cut(0)
	check(t, all(t, r))
	d.write(0, line(5, "e"))
	check(t, all(t, r), shown(5, "e"))
	cut(0)
	d.write(0, line(6, "x")[:12])
	check(t, all(t, r))
	d.write(0, line(6, "x")[12:])
	check(t, all(t, r), shown(6, "x"))
}
