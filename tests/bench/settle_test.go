package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/kit"
)

// settled returns when the manager has done all that it was asked for before:
// it answers a call only between two events. The connection is not subscribed
// to anything, so that the manager has nothing to tell it.
func settled(tb testing.TB, bus *dbus.Conn) {
	tb.Helper()
	manager := bus.Object("org.freedesktop.systemd1", "/org/freedesktop/systemd1")
	if err := manager.CallWithContext(kit.Context(tb), "org.freedesktop.DBus.Peer.Ping", 0).Err; err != nil {
		tb.Fatalf("ping the manager: %v", err)
	}
}

// systemBus connects to the box's bus until the end of the test.
func systemBus(tb testing.TB) *dbus.Conn {
	tb.Helper()
	bus, err := dbus.ConnectSystemBus()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = bus.Close() })
	return bus
}

// gone waits for the removal of a name from a directory. The kernel tells, so
// that waiting costs nobody any time; a unit that is watched over D-Bus makes
// its manager and the bus work.
type gone struct{ events *os.File }

// watchRemovals must be called before the name can vanish.
func watchRemovals(tb testing.TB, dir string) *gone {
	tb.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		tb.Fatal(os.NewSyscallError("inotify_init1", err))
	}
	g := &gone{os.NewFile(uintptr(fd), "inotify")}
	tb.Cleanup(func() { _ = g.events.Close() })
	if _, err := syscall.InotifyAddWatch(fd, dir, syscall.IN_DELETE); err != nil {
		tb.Fatal(&os.PathError{Op: "inotify_add_watch", Path: dir, Err: err})
	}
	return g
}

// wait returns when name was removed. Earlier removals of others are skipped.
func (g *gone) wait(tb testing.TB, name string) {
	tb.Helper()
	buf := make([]byte, 64<<10)
	if err := g.events.SetReadDeadline(time.Now().Add(kit.Patience)); err != nil {
		tb.Fatal(err)
	}
	for {
		n, err := g.events.Read(buf)
		if err != nil {
			tb.Fatalf("wait for the end of %s: %v", name, err)
		}
		for events := buf[:n]; len(events) >= syscall.SizeofInotifyEvent; {
			end := syscall.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[12:]))
			if string(bytes.TrimRight(events[syscall.SizeofInotifyEvent:end], "\x00")) == name {
				return
			}
			events = events[end:]
		}
	}
}

// awaitExit waits for the end of the process that a pid file names. That it is
// gone already is an end too.
func awaitExit(tb testing.TB, pidFile string) {
	tb.Helper()
	data, err := os.ReadFile(pidFile)
	if err != nil {
		tb.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		tb.Fatalf("%s: %v", pidFile, err)
	}
	p, err := sys.OpenPidfd(pid)
	if sys.IsErrno(err, sys.ESRCH) || errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), kit.Patience)
	defer cancel()
	if err := p.WaitExit(ctx); err != nil {
		tb.Fatalf("wait for process %d: %v", pid, err)
	}
}
