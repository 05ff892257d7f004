package service

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/conmon/rig"
	"github.com/unitmon/unitmon/unit"
)

// TestEngine_Told: the monitor is killed when it has told the engine of the end
// and still has a client that reads late. The attach socket goes all the same,
// unless it is a successor's by then.
func TestEngine_Told(t *testing.T) {
	for _, successor := range []bool{false, true} {
		t.Run(fmt.Sprintf("successor %t", successor), func(t *testing.T) {
			t.Parallel()
			// More than a client's queue takes, and less than the monitor keeps for it. The
			// queues of the first clients are made larger at the end.
			l := begin(t, rig.Setup{Plan: rig.Shell("read x <$D/go; seq 100000; exit 7")})
			var last *rig.Client
			for range loop.MaxFollowers + 1 {
				last = l.Client()
			}
			l.Line("go", "x")
			if got := l.Sync.Next(); got != "EOF" {
				t.Fatalf("sync pipe: %q, want its end", got)
			}
			l.service.kill()
			path := l.Path("bundle/attach")
			var id sys.FileID
			if successor {
				id = replace(t, path)
			}
			last.ToEnd()
			l.successor = successor
			l.awaitEnd(7)
			if now, err := sys.FileIDOf(path); successor && (err != nil || now != id) {
				t.Errorf("the successor's socket %v is now %v, %v", id, now, err)
			}
		})
	}
}

// replace puts a socket in the place of one.
func replace(t *testing.T, path string) sys.FileID {
	t.Helper()
	// So that it has the path for the shortest time without a socket, of an address
	// that is short enough.
	dir := t.TempDir()
	listener, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unixpacket"})
	must(t, err)
	listener.SetUnlinkOnClose(false)
	t.Cleanup(func() { _ = listener.Close() })
	must(t, os.Rename(filepath.Join(dir, "s"), path))
	id, err := sys.FileIDOf(path)
	must(t, err)
	return id
}

// TestEngine_Timeout: a container's time goes on when the monitor is killed, and
// does not begin anew.
func TestEngine_Timeout(t *testing.T) {
	t.Parallel()
	l := begin(t, rig.Setup{Plan: rig.Shell("read x <$D/go; exit 7"), Options: []string{"--timeout", "1000"}})
	from, to := expiry(t, l.service.described())
	for range 2 {
		l.service.kill()
		if f, u := expiry(t, l.service.described()); f > to || u < from {
			t.Errorf("the time is over at %v to %v, and was at %v to %v", f, u, from, to)
		}
	}
	l.Line("go", "x")
	l.awaitEnd(7)
}

// described waits until the monitor has said what it does, which is when nothing
// is left to be set up.
func (s *service) described() int {
	s.t.Helper()
	return s.until("described", func(u unit.State) bool {
		return u.SubState == "running" && u.MainPID != 0 && u.MainPID != s.killed && strings.Contains(u.StatusText, ": running, pid ")
	}).MainPID
}

// expiry tells between which two times the only timer of a process goes off that
// is set; proc(5), /proc/PID/fdinfo of a timerfd.
func expiry(t *testing.T, pid int) (from, to time.Duration) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/*", pid))
	must(t, err)
	for _, f := range files {
		before := sys.Monotonic()
		info, err := os.ReadFile(f)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		must(t, err)
		_, value, _ := strings.Cut(string(info), "it_value: (")
		value, _, _ = strings.Cut(value, ")")
		if s, ns, ok := strings.Cut(value, ", "); ok && value != "0, 0" {
			left := time.Duration(number(t, s))*time.Second + time.Duration(number(t, ns))
			return before + left, sys.Monotonic() + left
		}
	}
	t.Fatalf("none of the %d descriptors of process %d is a timer that is set", len(files), pid)
	return 0, 0
}
