package wire

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func openCtl(t *testing.T, bundle string) *Ctl {
	t.Helper()
	c, err := NewCtl(bundle)
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

// write writes to a FIFO as an engine does, opening and closing it.
func write(t *testing.T, path, text string) {
	t.Helper()
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_NONBLOCK, 0)
	must(t, err)
	_, err = unix.Write(fd, []byte(text))
	must(t, errors.Join(err, unix.Close(fd)))
}

// readable asks poll(2) for any event.
func readable(t *testing.T, c *Ctl) bool {
	t.Helper()
	fds := []unix.PollFd{{Fd: int32(c.FD()), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	must(t, err)
	return n > 0
}

// take calls Ready until nothing is readable.
func take(t *testing.T, c *Ctl) (got []Command, errs []string) {
	t.Helper()
	for readable(t, c) {
		if err := c.Ready(func(c Command) { got = append(got, c) }); err != nil {
			errs = append(errs, err.Error())
		}
	}
	return got, errs
}

func TestCtl(t *testing.T) {
	bundle := t.TempDir()
	ctl, winsz := filepath.Join(bundle, "ctl"), filepath.Join(bundle, "winsz")
	c := openCtl(t, bundle)
	if readable(t, c) {
		t.Error("readable, with nothing there")
	}
	must(t, c.Ready(func(c Command) { t.Errorf("from nowhere: %v", c) }))

	steps := []struct {
		path, text string
		want       []Command
		errs       []string
	}{
		{ctl, "1 24 80\n", []Command{{Resize, 24, 80}}, nil},
		{ctl, "2 0 0\n1 25 81\n", []Command{{Reopen, 0, 0}, {Resize, 25, 81}}, nil},
		{winsz, "30 90\n", []Command{{Resize, 30, 90}}, nil},
		{ctl, "1 2", nil, nil}, // each FIFO has a line of its own
		{winsz, "1 2\n", []Command{{Resize, 1, 2}}, nil},
		{ctl, "4 80\n", []Command{{Resize, 24, 80}}, nil},
		{ctl, "no\nway\n2 0 0\n", []Command{{Reopen, 0, 0}}, []string{ctl + `: "no" does not begin with 3 numbers, and 1 more`}},
		{winsz, "2000 1\n", nil, []string{winsz + ": window size 2000x1 is not within 0 and 1000"}},
		{ctl, "9 1 1\n", nil, []string{ctl + ": no such control message: 9"}},
		{ctl, strings.Repeat("x", 199), nil, []string{ctl + ": no newline in 199 bytes"}},
		{ctl, "2 0 0\n", []Command{{Reopen, 0, 0}}, nil},
		{ctl, strings.Repeat("x", 100), nil, nil}, // from here conmon reads nothing for ever
		{ctl, strings.Repeat("x", 99), nil, []string{ctl + ": no newline in 199 bytes"}},
		{ctl, "1 24 80\n", []Command{{Resize, 24, 80}}, nil},
	}
	for _, s := range steps {
		write(t, s.path, s.text)
		got, errs := take(t, c)
		if diff := cmp.Diff(s.want, got) + cmp.Diff(s.errs, errs); diff != "" {
			t.Errorf("%q:\n%s", s.text, diff)
		}
	}
}

// TestCtl_Flood: a full FIFO is taken in bounded pieces, with all that it says.
func TestCtl_Flood(t *testing.T) {
	bundle := t.TempDir()
	c := openCtl(t, bundle)
	const n = 4000
	write(t, filepath.Join(bundle, "ctl"), strings.Repeat("1 24 80\n", n))
	calls, most := 0, 0
	for got := 0; got < n; calls++ {
		before := got
		must(t, c.Ready(func(Command) { got++ }))
		most = max(most, got-before)
	}
	if most > maxRead/8+1 || calls < n/(maxRead/8+1) {
		t.Errorf("%d calls, up to %d commands in one", calls, most)
	}
}

// TestNewCtl_Files: the mode is conmon's, what was there is replaced, and where
// a link led nothing changes.
func TestNewCtl_Files(t *testing.T) {
	defer unix.Umask(unix.Umask(0o022))
	bundle := t.TempDir()
	elsewhere := filepath.Join(bundle, "elsewhere")
	must(t, os.WriteFile(elsewhere, []byte("x"), 0o600))
	must(t, os.Symlink(elsewhere, filepath.Join(bundle, "ctl")))
	must(t, os.WriteFile(filepath.Join(bundle, "winsz"), []byte("x"), 0o600))
	for range 2 { // the second time there are FIFOs
		must(t, openCtl(t, bundle).Close())
		for _, name := range []string{"ctl", "winsz"} {
			if fi, err := os.Lstat(filepath.Join(bundle, name)); err != nil || fi.Mode() != fs.ModeNamedPipe|0o640 {
				t.Errorf("%s: %v, %v", name, fi, err)
			}
		}
	}
	if content, err := os.ReadFile(elsewhere); err != nil || string(content) != "x" {
		t.Errorf("%q, %v", content, err)
	}
}

// TestNewCtl_Fails: the error names the file, and nothing is left.
func TestNewCtl_Fails(t *testing.T) {
	for _, name := range []string{"ctl", "winsz"} {
		bundle := t.TempDir()
		path := filepath.Join(bundle, name)
		must(t, os.Mkdir(path, 0o700))
		open := len(names(t, "/proc/self/fd"))
		c, err := NewCtl(bundle)
		if c != nil || err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
		if all := names(t, bundle); len(all) != 1 {
			t.Errorf("%s: left %q", name, all)
		}
		if now := len(names(t, "/proc/self/fd")); now != open {
			t.Errorf("%s: %d descriptors, %d before", name, now, open)
		}
	}
	if _, err := NewCtl(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestCtl_Close(t *testing.T) {
	bundle := t.TempDir()
	open := len(names(t, "/proc/self/fd"))
	c, err := NewCtl(bundle)
	must(t, err)
	must(t, errors.Join(c.Close(), c.Close(), c.Ready(nil)))
	if now := len(names(t, "/proc/self/fd")); now != open || c.FD() != -1 {
		t.Errorf("%d descriptors, %d before, and %d", now, open, c.FD())
	}
	if all := names(t, bundle); len(all) != 2 {
		t.Errorf("left: %q", all)
	}
}
