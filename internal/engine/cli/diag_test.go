package cli

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
)

// speak says one line of each level.
func speak(d *Diag) {
	d.Error("one")
	d.Warn("two")
	d.WarnErr("three", sys.EPIPE)
	d.Info("four")
	d.Debug("five")
	d.Trace("six")
}

func TestDiag_Levels(t *testing.T) {
	lines := []string{
		"[conmon:e]: one", "[conmon:w]: two", "[conmon:w]: three Broken pipe", "[conmon:i]: four", "[conmon:d]: five", "[conmon:d]: six",
	}
	for level, n := range map[string]int{"PANIC": 1, "fatal": 1, "error": 1, "warn": 3, "Warning": 3, "info": 4, "debug": 5, "trace": 6} {
		o, err := parse("-c x --log-level " + level)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		speak(NewDiag(o, "conmon", &said))
		if want := strings.Join(lines[:n], "\n") + "\n"; said.String() != want {
			t.Errorf("%s:\n%s", level, said.String())
		}
	}
}

func TestDiag_Nil(t *testing.T) {
	var d *Diag
	speak(d)
	if e := d.ExitErr("text", sys.EPERM); e.Code != 1 || e.Stderr != "[conmon:e]: text Operation not permitted\n" {
		t.Errorf("%+v", e)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestDiag_Syslog reads what syslog would.
func TestDiag_Syslog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for line, id := range map[string]string{
		"--syslog --log-level trace -c 123456789012345678901234":   "12345678901234567890",
		"--syslog --log-level trace -c 1234567890 --log-tag a:tag": "1234567890: a:tag",
		"--syslog --log-level trace -c x --log-tag=":               "x: ",
	} {
		o, err := parse(line)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		d := NewDiag(o, "/usr/bin/conmon", &said)
		d.syslog.path = path
		d.syslog.now = func() time.Time { return time.Date(2026, 3, 7, 4, 5, 6, 0, time.UTC) }
		d.Error("nobody listens")
		got := receive(t, path, func() {
			speak(d)
			d.Exit("seven")
		}, 7)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		for i, want := range []string{
			"<11>% <error>: one", "<14>% <nwarn>: two", "<14>% <pwarn>: three Broken pipe",
			"<14>% <ninfo>: four", "<14>% <ndebug>: five", "<14>% <ntrace>: six", "<11>% <error>: seven",
		} {
			if want = strings.Replace(want, "%", "Mar  7 04:05:06 conmon: conmon "+id, 1); got[i] != want {
				t.Errorf("%q, want %q", got[i], want)
			}
		}
		if n := strings.Count(said.String(), "\n"); n != 7 { // Exit's is the program's to print
			t.Errorf("%d lines for standard error:\n%s", n, said.String())
		}
	}
}

// receive returns the datagrams that come to path while f runs.
func receive(t *testing.T, path string, f func(), n int) []string {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = c.Close(), os.Remove(path) }()
	f()
	var got []string
	buf := make([]byte, 4096)
	for range n {
		size, err := c.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(buf[:size]))
	}
	return got
}

// TestDiag_SyslogFull: a receiver that does not read costs lines, not time.
func TestDiag_SyslogFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	o, err := parse("--syslog -c x")
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	d := NewDiag(o, "conmon", &said)
	d.syslog.path = path
	const lines = 5000 // more than any queue holds; to block would end the test by its time limit
	for range lines {
		d.Warn(strings.Repeat("x", 100))
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if n := strings.Count(said.String(), "\n"); n != lines {
		t.Errorf("%d lines for standard error", n)
	}
}
