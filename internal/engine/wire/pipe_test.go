package wire

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/internal/sys"
)

// ends is a pipe of some kind: what the engine keeps, and what it passes on.
type ends struct{ engine, monitor int }

// pipeKinds makes a pipe of each kind that engines and test suites use: for one
// that the monitor writes to, or one that it reads from.
var pipeKinds = map[string]func(t *testing.T, monitorWrites bool) ends{
	"pipe": func(t *testing.T, monitorWrites bool) ends {
		var p [2]int
		must(t, unix.Pipe(p[:]))
		return order(p, monitorWrites)
	},
	"fifo": func(t *testing.T, monitorWrites bool) ends {
		path := filepath.Join(t.TempDir(), "fifo")
		must(t, unix.Mkfifo(path, 0o600))
		r, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK, 0)
		must(t, err)
		w, err := unix.Open(path, unix.O_WRONLY, 0)
		must(t, err)
		must(t, unix.SetNonblock(r, false))
		return order([2]int{r, w}, monitorWrites)
	},
	"seqpacket": func(t *testing.T, _ bool) ends { return sockets(t, unix.SOCK_SEQPACKET) },
	"stream":    func(t *testing.T, _ bool) ends { return sockets(t, unix.SOCK_STREAM) },
}

// order takes the read end and the write end.
func order(p [2]int, monitorWrites bool) ends {
	if monitorWrites {
		return ends{engine: p[0], monitor: p[1]}
	}
	return ends{engine: p[1], monitor: p[0]}
}

func sockets(t *testing.T, typ int) ends {
	p, err := unix.Socketpair(unix.AF_UNIX, typ, 0)
	must(t, err)
	return ends{engine: p[0], monitor: p[1]}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// forEachKind runs f for each kind of pipe, with the monitor's end blocking and
// not.
func forEachKind(t *testing.T, monitorWrites bool, f func(t *testing.T, kind string, engine int, p *Pipe)) {
	for kind, open := range pipeKinds {
		for mode, nonblock := range map[string]bool{"blocking": false, "nonblocking": true} {
			t.Run(kind+"/"+mode, func(t *testing.T) {
				e := open(t, monitorWrites)
				must(t, unix.SetNonblock(e.monitor, nonblock))
				p, err := TakePipe(SyncPipe, strconv.Itoa(e.monitor))
				must(t, err)
				defer func() { must(t, p.Close()) }()
				f(t, kind, e.engine, p)
				if flags, err := unix.FcntlInt(uintptr(max(p.FD(), 0)), unix.F_GETFL, 0); p.FD() >= 0 &&
					(err != nil || flags&unix.O_NONBLOCK != 0 != nonblock) {
					t.Errorf("the mode was changed: %#x, %v", flags, err)
				}
			})
		}
	}
}

// receive is one read of the engine.
func receive(t *testing.T, fd int) string {
	t.Helper()
	var buf [2 * MaxMessage]byte
	n, err := unix.Read(fd, buf[:])
	must(t, err)
	return string(buf[:n])
}

func TestPipe_Send(t *testing.T) {
	long := Message{KeyPID, -1, strings.Repeat("/", 10000)}
	forEachKind(t, true, func(t *testing.T, _ string, engine int, p *Pipe) {
		defer unix.Close(engine)
		for _, m := range []Message{{KeyData, 1234, ""}, {KeyData, -1, "a\n\"b\""}, long} {
			must(t, p.Send(m))
			if got, want := receive(t, engine), string(m.Append(nil)); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
		must(t, p.Close())
		if got := receive(t, engine); got != "" {
			t.Errorf("after the end: %q", got)
		}
	})
}

// TestPipe_Send_ReaderGone: the pipe is closed, and that is all.
func TestPipe_Send_ReaderGone(t *testing.T) {
	forEachKind(t, true, func(t *testing.T, _ string, engine int, p *Pipe) {
		must(t, unix.Close(engine))
		for range 2 {
			if err := p.Send(Message{KeyData, 1, ""}); err != nil || p.FD() != -1 {
				t.Errorf("%v, descriptor %d", err, p.FD())
			}
		}
	})
}

// TestPipe_Send_Full: a message waits for room and comes whole, after what was
// there. The engine's end is read by whole messages: a packet is one or the other.
func TestPipe_Send_Full(t *testing.T) {
	forEachKind(t, true, func(t *testing.T, kind string, engine int, p *Pipe) {
		defer unix.Close(engine)
		before := fill(t, p.FD())
		m := Message{KeyData, -1, strings.Repeat("€", MaxMessage)}
		done := make(chan error, 1)
		go func() { done <- p.Send(m) }()
		want := string(m.Append(nil))
		var got string
		for len(got) < before+len(want) {
			one := receive(t, engine)
			if kind == "seqpacket" && one[0] == '{' && one != want {
				t.Errorf("a packet of %d bytes", len(one))
			}
			got += one
		}
		must(t, <-done)
		if got[before:] != want {
			t.Errorf("%d bytes, want %d", len(got)-before, len(want))
		}
	})
}

// fill writes until there is no room for one byte and returns how much that
// was. The mode stays as it is.
func fill(t *testing.T, fd int) (n int) {
	t.Helper()
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	must(t, err)
	must(t, unix.SetNonblock(fd, true))
	for size := 4096; size > 0; {
		switch m, err := unix.Write(fd, make([]byte, size)); {
		case errors.Is(err, unix.EAGAIN):
			size /= 2
		case err != nil:
			t.Fatal(err)
		default:
			n += m
		}
	}
	must(t, unix.SetNonblock(fd, flags&unix.O_NONBLOCK != 0))
	return n
}

// TestPipe_Send_GoneWhileFull: an engine that dies while a message waits for
// room ends the wait.
func TestPipe_Send_GoneWhileFull(t *testing.T) {
	forEachKind(t, true, func(t *testing.T, _ string, engine int, p *Pipe) {
		fill(t, p.FD())
		done := make(chan error, 1)
		go func() { done <- p.Send(Message{KeyData, -1, strings.Repeat("x", MaxMessage)}) }()
		must(t, unix.Close(engine))
		if err := <-done; err != nil || p.FD() != -1 {
			t.Errorf("%v, descriptor %d", err, p.FD())
		}
	})
}

func TestPipe_Send_ReadOnly(t *testing.T) {
	var fds [2]int
	must(t, unix.Pipe(fds[:]))
	defer unix.Close(fds[1])
	p, err := TakePipe(SyncPipe, strconv.Itoa(fds[0]))
	must(t, err)
	defer p.Close()
	if err := p.Send(Message{KeyData, 1, ""}); !sys.IsErrno(err, unix.EBADF) || !strings.Contains(err.Error(), SyncPipe) {
		t.Error(err)
	}
}

func TestPipe_Wait(t *testing.T) {
	forEachKind(t, false, func(t *testing.T, kind string, engine int, p *Pipe) {
		done := make(chan error, 1)
		wait := func() { done <- p.Wait() }
		go wait()
		_, err := unix.Write(engine, []byte{0})
		must(t, errors.Join(err, <-done))
		if kind == "seqpacket" { // two at once are two
			_, err1 := unix.Write(engine, []byte("1"))
			_, err2 := unix.Write(engine, []byte("22"))
			must(t, errors.Join(err1, err2, p.Wait(), p.Wait()))
		}
		go wait()
		must(t, errors.Join(unix.Close(engine), <-done))
		must(t, p.Close())
		must(t, p.Wait())
	})
}

func TestPipe_Wait_Unreadable(t *testing.T) {
	fd, err := unix.Open(t.TempDir(), unix.O_DIRECTORY, 0)
	must(t, err)
	p, err := TakePipe(StartPipe, strconv.Itoa(fd))
	must(t, err)
	defer p.Close()
	if err := p.Wait(); err == nil || err.Error() != "start-pipe read failed Is a directory" {
		t.Error(err)
	}
}

func TestPipe_Nil(t *testing.T) {
	var p *Pipe
	if err := errors.Join(p.Wait(), p.Send(Message{KeyData, 1, "x"}), p.Close()); err != nil || p.FD() != -1 {
		t.Errorf("%v, descriptor %d", err, p.FD())
	}
}

// TestTakePipe_Values: as Debian's conmon does and says, but for a number that
// the kernel would cut.
func TestTakePipe_Values(t *testing.T) {
	tests := []struct{ value, want string }{
		{"", ""},
		{"0", ""},
		{"abc", "unable to parse _OCI_STARTPIPE Success"},
		{"3x", "unable to parse _OCI_STARTPIPE Success"},
		{" ", "unable to parse _OCI_STARTPIPE Success"},
		{"+", "unable to parse _OCI_STARTPIPE Success"},
		{"3 ", "unable to parse _OCI_STARTPIPE Success"},
		{"99999999999999999999", "unable to parse _OCI_STARTPIPE Numerical result out of range"},
		{"-1", "unable to make _OCI_STARTPIPE CLOEXEC Bad file descriptor"},
		{"123456", "unable to make _OCI_STARTPIPE CLOEXEC Bad file descriptor"},
		{"4294967297", "unable to make _OCI_STARTPIPE CLOEXEC Bad file descriptor"},
	}
	for _, tt := range tests {
		p, err := TakePipe(StartPipe, tt.value)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if p != nil || got != tt.want {
			t.Errorf("%q: %v, %q, want %q", tt.value, p, got, tt.want)
		}
	}
}

func TestTakePipe_CloseOnExec(t *testing.T) {
	var fds [2]int
	must(t, unix.Pipe(fds[:]))
	defer unix.Close(fds[1])
	p, err := TakePipe(StartPipe, " +"+strconv.Itoa(fds[0]))
	must(t, err)
	defer p.Close()
	if stays, err := sys.Inheritable(fds[0]); p.FD() != fds[0] || stays || err != nil {
		t.Errorf("descriptor %d, stays %v, %v", p.FD(), stays, err)
	}
}
