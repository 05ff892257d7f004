package oci

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/internal/sys"
)

// terminalOutput runs a container with a terminal of 7 rows and 33 columns to
// its end, and gives what came out of the terminal and out of the runtime's
// stderr.
func terminalOutput(ctx context.Context, rt *oci.Runtime, o oci.Options, dir string) (text, stderr string, err error) {
	o.Terminal = true
	c, err := prepare(rt, o, dir)
	if err != nil {
		return "", "", err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return "", "", err
	}
	defer func() { _ = r.Close() }()
	pidFile, socket := filepath.Join(dir, "pid"), filepath.Join(dir, "console")
	master, err := rt.CreateTerminal(ctx, c.id, dir, pidFile, socket, w)
	defer func() { err = errors.Join(err, rt.Delete(ctx, c.id, true)) }()
	_ = w.Close()
	if err != nil {
		return "", "", err
	}
	defer func() { _ = master.Close() }()
	if err := errors.Join(sys.SetWindowSize(master, 7, 33), rt.Start(ctx, c.id)); err != nil {
		return "", "", err
	}
	// EIO is the end: no process has the other end any more.
	out, err := io.ReadAll(master)
	if !errors.Is(err, syscall.EIO) {
		return string(out), "", err
	}
	errs, err := io.ReadAll(r)
	return string(out), string(errs), err
}

// TestTerminal: the three standard streams are one terminal, the controlling
// one, of the size that was set before the start, and lines end with CR NL.
func TestTerminal(t *testing.T) {
	root := busybox(t)
	for _, name := range []string{"tty", "stty", "readlink"} {
		if err := os.Symlink("busybox", filepath.Join(root, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	const script = `tty; stty size; for i in 0 1 2; do readlink /proc/$$/fd/$i; done; echo err >&2; echo $TERM; echo own >/dev/tty; [ -c /dev/console ] && echo console`
	const want = "/dev/pts/0\r\n7 33\r\n/dev/pts/0\r\n/dev/pts/0\r\n/dev/pts/0\r\nerr\r\nxterm\r\nown\r\nconsole\r\n"
	runtimes(t, func(t *testing.T, rt *oci.Runtime) {
		for _, user := range []string{"", "7:8"} {
			dir := t.TempDir()
			text, stderr, err := terminalOutput(t.Context(), rt, oci.Options{RootFS: root, User: user, Args: sh(script)}, dir)
			if text != want || stderr != "" || err != nil {
				t.Errorf("user %q: got %q and on stderr %q, %v\nwant %q", user, text, stderr, err, want)
			}
			if _, err := os.Lstat(filepath.Join(dir, "console")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the console socket is left (%v)", err)
			}
		}
	})
}

// TestTerminal_Fails: a runtime that cannot create the container is not waited
// for, and says why.
func TestTerminal_Fails(t *testing.T) {
	root := busybox(t)
	runtimes(t, func(t *testing.T, rt *oci.Runtime) {
		_, _, err := terminalOutput(t.Context(), rt, oci.Options{RootFS: root, Args: []string{"/nope"}}, t.TempDir())
		var e *oci.Error
		if !errors.As(err, &e) || e.ExitCode() != 127 || errors.Is(err, oci.ErrNoTerminal) {
			t.Errorf("got %v", err)
		}
	})
}

// TestTerminal_None: a runtime that was not asked for a terminal by the bundle
// sends none. crun 1.8.1 connects nevertheless, and leaves the connection open.
func TestTerminal_None(t *testing.T) {
	runtimes(t, func(t *testing.T, rt *oci.Runtime) {
		dir := t.TempDir()
		c, err := prepare(rt, oci.Options{Args: []string{"true"}}, dir)
		if err != nil {
			t.Fatal(err)
		}
		master, err := rt.CreateTerminal(t.Context(), c.id, dir, filepath.Join(dir, "pid"), filepath.Join(dir, "console"), nil)
		if err == nil {
			t.Error(errors.Join(errors.New("a terminal was made"), master.Close()))
		}
		if err := rt.Delete(t.Context(), c.id, true); err != nil {
			t.Error(err)
		}
	})
}
