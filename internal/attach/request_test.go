package attach

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOptions_Request(t *testing.T) {
	for want, o := range map[string]Options{
		"follow":                          {Hold: true},
		"follow stdin":                    {Hold: true, Stdin: true},
		"attach":                          {},
		"attach stdin lines=20":           {Stdin: true, Lines: 20},
		"attach bytes=4096":               {Bytes: 4096},
		"attach stdin lines=1 bytes=2":    {Stdin: true, Lines: 1, Bytes: 2},
		"follow stdin lines=9 bytes=9999": {Hold: true, Stdin: true, Lines: 9, Bytes: 9999},
	} {
		if got := o.request(); got != want {
			t.Errorf("%+v: %q, want %q", o, got, want)
		}
	}
}

// TestOpen_AskedAgain: a relay that dies before it has answered is asked again.
func TestOpen_AskedAgain(t *testing.T) {
	r := newRelay(t)
	done := make(chan client)
	go func() {
		r.accept("attach stdin").close()
		done <- r.accept("attach stdin", "K")
	}()
	c, err := Open(t.Context(), r.path, Options{Stdin: true})
	if err != nil {
		t.Fatal(err)
	}
	(<-done).close()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpen_Refused(t *testing.T) {
	for answer, want := range map[string]string{
		"E":                  `the relay refused "follow"`,
		"Etoo many of them!": `the relay refused "follow": too many of them!`,
		"\x02hello":          `the relay refused "follow": hello`,
	} {
		r := newRelay(t)
		go r.accept("follow", answer)
		_, err := Open(t.Context(), r.path, Options{Hold: true})
		if err == nil || !strings.HasSuffix(err.Error(), want) || !strings.Contains(err.Error(), r.path) {
			t.Errorf("%q: %v, want %s", answer, err, want)
		}
	}
}

func TestOpen_NoSocket(t *testing.T) {
	_, err := Open(t.Context(), filepath.Join(t.TempDir(), "control"), Options{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestOpen_Context: a relay that does not answer is not waited for.
func TestOpen_Context(t *testing.T) {
	r := newRelay(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the container has gone")
	go func() {
		r.accept("attach")
		cancel(gone)
	}()
	if _, err := Open(ctx, r.path, Options{}); !errors.Is(err, gone) {
		t.Error(err)
	}
}

// TestAsk_LongPath: a path that no address has room for is reached, and no
// descriptor of its directory is left.
func TestAsk_LongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 100), strings.Repeat("e", 100))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	short := filepath.Join(t.TempDir(), "s")
	if err := os.Symlink(dir, short); err != nil {
		t.Fatal(err)
	}
	r := listen(t, short+"/control")
	go r.accept("drain", "K")
	if err := Ask(t.Context(), dir+"/control", "drain"); err != nil {
		t.Error(err)
	}
	if _, err := Open(t.Context(), dir+"/nothing", Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no socket there: %v", err)
	}
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, _ := os.Readlink(fd); to == dir {
			t.Errorf("%s is open", to)
		}
	}
}

func TestAsk_Lost(t *testing.T) {
	r := newRelay(t)
	go func() { r.accept("drain").close() }()
	if err := Ask(t.Context(), r.path, "drain"); !Lost(err) {
		t.Errorf("a relay that died: %v", err)
	}
}
