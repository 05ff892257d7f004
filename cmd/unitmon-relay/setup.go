package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"unsafe"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/notify"
	"github.com/unitmon/unitmon/socketact"
)

// sendBuffer is the send buffer of the journal socket: room for journald's
// whole queue of short lines.
const sendBuffer = 8 << 20

// pipeSize is that of the pipe that the loop copies FIFOs into: what a FIFO
// holds by default. A larger one, of which an unprivileged user has few
// (pipe-user-pages-soft, pipe(7)), would only make larger steps.
const pipeSize = 64 << 10

// run is the relay from start to end.
func run(args []string) error {
	name, user, err := parse(args)
	if err != nil {
		return err
	}
	if err := container.CheckName(name); err != nil {
		return err
	}
	dir, err := container.DirOf(name, user)
	if err != nil {
		return err
	}
	record, err := container.ReadRecord(dir)
	if err != nil {
		return err
	}
	manager, err := notify.FromEnv()
	if err != nil {
		return err
	}
	defer func() { _ = manager.Close() }()
	l, err := newLoop()
	if err != nil {
		return err
	}
	if err := setUp(l, dir, record); err != nil {
		return err
	}
	if err := manager.Send(notify.Ready, notify.Status("moving the output of container "+name)); err != nil {
		return err
	}
	return finish(l, l.Run(), manager)
}

// newLoop makes the loop's state, in memory of its own.
func newLoop() (*loop.Loop, error) {
	mem, err := sys.Memory(loop.Size)
	if err != nil {
		return nil, err
	}
	return (*loop.Loop)(unsafe.Pointer(unsafe.SliceData(mem))), nil
}

// setUp gives the loop everything that it works on.
func setUp(l *loop.Loop, dir container.Dir, record *container.Record) error {
	l.SetIdle(record.IdleMS)
	set, err := socketact.Take()
	if err != nil {
		return err
	}
	if err := errors.Join(setStreams(l, set, dir, record), setControl(l, set, dir), setStop(l)); err != nil {
		return err
	}
	if err := errors.Join(setJournal(l), setNotify(l)); err != nil {
		return err
	}
	if err := set.Close(); err != nil {
		return err
	}
	epoll, err := sys.Epoll()
	if err != nil {
		return err
	}
	if r := l.Init(epoll); r < 0 {
		return fmt.Errorf("loop: epoll_ctl: %w", sys.Errno(-r))
	}
	return nil
}

// setStreams gives the loop the FIFOs, each with a pipe to look into it.
func setStreams(l *loop.Loop, set *socketact.Set, dir container.Dir, record *container.Record) error {
	for i, path := range []string{dir.Stdout(), dir.Stderr()} {
		fields, err := record.Native([]int{6, 3}[i])
		if err != nil {
			return err
		}
		f, err := set.TakeFIFO(path)
		if err != nil {
			if record.Stdio == container.StdioJournal {
				l.SetStream(i, -1, -1, -1, nil)
				continue
			}
			return err
		}
		r, w, err := sys.NonblockPipe(pipeSize)
		if err != nil {
			return err
		}
		fd, err := disown(f)
		if err != nil {
			return err
		}
		if !l.SetStream(i, fd, r, w, fields) {
			return fmt.Errorf("container %s: its labels are too long", record.Name)
		}
	}
	return nil
}

// setControl gives the loop the control socket and the followers that an
// earlier process left in the manager's store.
func setControl(l *loop.Loop, set *socketact.Set, dir container.Dir) error {
	f, err := set.TakeListener(socketact.SeqPacket, dir.Control())
	if err != nil {
		return err
	}
	fd, err := disown(f)
	if err != nil {
		return err
	}
	l.SetListener(fd)
	for _, e := range set.Named(loop.FollowerName).Rest() {
		fd, err := disown(e.File)
		if err != nil {
			return err
		}
		if !l.SetFollower(fd) {
			return errors.New("more followers in the file descriptor store than it can hold")
		}
	}
	return nil
}

// setStop makes SIGTERM and SIGINT end the loop after what it is doing.
func setStop(l *loop.Loop) error {
	fd, raise, err := sys.EventFD()
	if err != nil {
		return err
	}
	l.SetStop(fd)
	ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	context.AfterFunc(ctx, raise)
	return nil
}

// setJournal gives the loop its two sockets to journald.
func setJournal(l *loop.Loop) error {
	send, err := sys.DatagramFD(sendBuffer)
	if err != nil {
		return err
	}
	probe, err := sys.DatagramFD(0)
	if err != nil {
		return err
	}
	null, err := sys.DevNull()
	if err != nil {
		return err
	}
	l.SetNull(null)
	if !l.SetJournal(send, probe, []byte(journal.DefaultSocket)) {
		return fmt.Errorf("journal socket %s: the path is too long", journal.DefaultSocket)
	}
	return nil
}

// setNotify gives the loop the manager's notification socket.
func setNotify(l *loop.Loop) error {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	fd, err := sys.DatagramFD(0)
	if err != nil {
		return err
	}
	if !l.SetNotify(fd, []byte(path)) {
		return fmt.Errorf("notification socket %s: the path is too long", path)
	}
	return nil
}

// disown takes the descriptor out of f, which is then closed, and puts it into
// non-blocking mode. It stays open until the process ends.
func disown(f *os.File) (int, error) {
	fd, err := sys.Dup(f)
	if err != nil {
		return -1, err
	}
	return fd, errors.Join(sys.SetNonblock(fd), f.Close())
}

// finish says why the relay leaves.
func finish(l *loop.Loop, why int, manager *notify.Socket) error {
	if why == loop.Failed {
		return errors.New("loop: epoll_pwait failed")
	}
	s := l.Stats()
	return manager.Send(notify.Stopping, notify.Status(fmt.Sprintf(
		"%d lines, %d bytes stored; journald had no room %d times; %d followers dropped",
		s.Lines, s.Bytes, s.Waits, s.Dropped)))
}
