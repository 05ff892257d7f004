package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
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

// notifyMax is how long one message to the manager may block.
const notifyMax = 200 * time.Millisecond

// terminalPipe is the size of a terminal's FIFO: 256 pieces.
const terminalPipe = 1 << 20

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
	if err := os.WriteFile(dir.RelayActive(), nil, 0o600); err != nil {
		return err
	}
	l, err := newLoop()
	if err != nil {
		return err
	}
	mem, err := setUp(l, dir, record, manager)
	if err != nil {
		return err
	}
	status := "moving the output of container " + name
	l.SetStatus([]byte(status))
	if err := manager.Send(notify.Ready, notify.Status(status)); err != nil {
		return err
	}
	return finish(l, l.Run(), mem.state, dir, manager)
}

// newLoop makes the loop's memory.
func newLoop() (*loop.Loop, error) {
	mem, err := sys.Memory(loop.Size)
	if err != nil {
		return nil, err
	}
	return (*loop.Loop)(unsafe.Pointer(unsafe.SliceData(mem))), nil
}

// setUp gives the loop everything that it works on.
func setUp(l *loop.Loop, dir container.Dir, record *container.Record, manager *notify.Socket) (*memory, error) {
	// First: a SIGHUP would end this process, and cleanly, as the manager has it.
	if err := setSignals(l); err != nil {
		return nil, err
	}
	set, err := socketact.Take()
	if err != nil {
		return nil, err
	}
	mem, err := takeMemory(set, dir, manager)
	if err != nil {
		return nil, err
	}
	l.SetState(mem.state)
	l.SetIdle(record.IdleMS)
	for _, step := range []func() error{
		func() error { return setStreams(l, set, dir, record, mem) },
		func() error { return setListeners(l, set, dir, record) },
		func() error { return setInput(l, set, record) },
		func() error { return setLogs(l, set, record, manager) },
		func() error { return setClients(l, set, manager) },
		func() error { return setNotify(l) },
		set.Close,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return mem, initLoop(l)
}

func initLoop(l *loop.Loop) error {
	outer, err := sys.Epoll()
	if err != nil {
		return err
	}
	inner, err := sys.Epoll()
	if err != nil {
		return err
	}
	if r := l.Init(outer, inner); r < 0 {
		return fmt.Errorf("loop: epoll_ctl: %w", sys.Errno(-r))
	}
	return nil
}

// setStreams gives the loop the FIFOs, each with a pipe to look into it.
func setStreams(l *loop.Loop, set *socketact.Set, dir container.Dir, record *container.Record, mem *memory) error {
	null, err := sys.DevNull()
	if err != nil {
		return err
	}
	l.SetNull(null)
	for i, path := range []string{dir.Stdout(), dir.Stderr()} {
		fields, err := record.Native([]int{6, 3}[i])
		if err != nil {
			return err
		}
		f, err := set.TakeFIFO(path)
		if err != nil {
			if record.Stdio == container.StdioJournal {
				l.SetStream(i, -1, -1, -1, -1, nil)
				continue
			}
			return err
		}
		size := pipeSize
		if record.Terminal && i == 0 {
			// What a terminal gives comes in pieces, each of which takes as
			// much of the FIFO as a page. A smaller one only means that
			// unfinished lines wait less.
			size = terminalPipe
			_ = sys.SetPipeSize(f, size)
		}
		r, w, err := sys.NonblockPipe(size)
		if err != nil {
			return err
		}
		fd, err := disown(f)
		if err != nil {
			return err
		}
		if !l.SetStream(i, fd, r, w, mem.stash[i], fields) {
			return fmt.Errorf("container %s: its labels are too long", record.Name)
		}
	}
	return nil
}

// setListeners gives the loop the sockets that clients connect to.
func setListeners(l *loop.Loop, set *socketact.Set, dir container.Dir, record *container.Record) error {
	control, err := listener(set, dir.Control())
	if err != nil {
		return err
	}
	attach := -1
	if record.Stdio == container.StdioFIFO {
		if attach, err = listener(set, dir.Attach()); err != nil {
			return err
		}
	}
	l.SetListeners(control, attach)
	return nil
}

func listener(set *socketact.Set, path string) (int, error) {
	f, err := set.TakeListener(socketact.SeqPacket, path)
	if err != nil {
		return -1, err
	}
	return disown(f)
}

// setInput tells the loop of the container's stdin and gives it what an earlier
// process had of it.
func setInput(l *loop.Loop, set *socketact.Set, record *container.Record) error {
	if record.Stdin {
		l.SetInput(record.LeaveStdinOpen)
	}
	if record.Terminal {
		l.SetTerminal()
	}
	for _, name := range []string{loop.ConsoleName, loop.StdinName} {
		for _, e := range set.Named(name).Rest() {
			fd, err := disown(e.File)
			if err != nil {
				return err
			}
			l.SetInputFD(fd, name == loop.ConsoleName)
		}
	}
	return nil
}

// setClients gives the loop the connections that an earlier process had. One
// that its state does not know is hung up on: the manager's copy would keep it.
func setClients(l *loop.Loop, set *socketact.Set, manager *notify.Socket) error {
	for _, name := range set.Names() {
		n, err := strconv.Atoi(strings.TrimPrefix(name, loop.ClientName))
		if err != nil || !strings.HasPrefix(name, loop.ClientName) {
			continue
		}
		for _, e := range set.Named(name).Rest() {
			fd, err := disown(e.File)
			if err != nil {
				return err
			}
			if !l.SetClient(n, fd) {
				_ = syscall.Shutdown(fd, syscall.SHUT_RDWR) // it may have gone
				if err := errors.Join(sys.Close(fd), manager.Remove(name)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// setLogs tells the loop where the output is logged.
func setLogs(l *loop.Loop, set *socketact.Set, record *container.Record, manager *notify.Socket) error {
	if err := setJournal(l, set, manager); err != nil {
		return err
	}
	journal, files := false, 0
	for _, log := range record.Logs {
		journal = journal || log.Driver == container.LogJournal
		if !log.File() {
			continue
		}
		kind := loop.K8sFile
		if log.Driver == container.LogJSON {
			kind = loop.JSONFile
		}
		if !l.SetFile(files, kind, []byte(log.Path), log.MaxSize, log.MaxFiles, record.LogNoSync) {
			return fmt.Errorf("log file %s: the path is too long", log.Path)
		}
		files++
	}
	if !journal {
		l.SetJournalOff()
	}
	if err := setBulk(l, set, record); err != nil {
		return err
	}
	if record.LogPolicy == container.LogDrop {
		l.SetDrop(record.LogQueue)
	}
	setZone(l, time.Now())
	return nil
}

// setBulk lets the loop send many lines at once, where the relay's unit has the
// container's fields.
func setBulk(l *loop.Loop, set *socketact.Set, record *container.Record) error {
	if !record.LogFields {
		return nil
	}
	for i, priority := range []int{6, 3} {
		o := record.Stream(priority)
		header, err := o.Header()
		if err != nil {
			return err
		}
		if !l.SetBulk(i, []byte(header), []byte(journal.DefaultStreamSocket)) {
			return fmt.Errorf("container %s: its tag is too long", record.Name)
		}
		for _, e := range set.Named(loop.BulkName(i)).Rest() {
			fd, err := disown(e.File)
			if err != nil {
				return err
			}
			l.SetBulkFD(i, fd)
		}
	}
	return nil
}

// setZone tells the loop the local time's offset now and after its next change.
func setZone(l *loop.Loop, now time.Time) {
	_, offset := now.Zone()
	_, end := now.ZoneBounds()
	if end.IsZero() {
		l.SetZone(offset, 0, 0)
		return
	}
	_, next := end.Zone()
	l.SetZone(offset, end.Unix(), next)
}

// setSignals makes SIGTERM and SIGINT end the loop after what it is doing, and
// SIGHUP open the log files anew.
func setSignals(l *loop.Loop) error {
	stop, leave, err := sys.EventFD()
	if err != nil {
		return err
	}
	l.SetStop(stop)
	ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	context.AfterFunc(ctx, leave)
	fd, reopen, err := sys.EventFD()
	if err != nil {
		return err
	}
	l.SetReopen(fd)
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	go func() {
		for range hup {
			reopen()
		}
	}()
	return nil
}

// journalName is the socket that datagrams go to journald by. It outlives the
// process, so that the next one can tell whether journald has read them.
const journalName = "journal"

// setJournal gives the loop its two sockets to journald.
func setJournal(l *loop.Loop, set *socketact.Set, manager *notify.Socket) error {
	f, _, err := takeOrMake(set, journalName, manager, func() (*os.File, error) {
		fd, err := sys.DatagramFD(sendBuffer)
		if err != nil {
			return nil, err
		}
		return os.NewFile(uintptr(fd), journalName), nil
	})
	if err != nil {
		return err
	}
	send, err := disown(f)
	if err != nil {
		return err
	}
	probe, err := sys.DatagramFD(0)
	if err != nil {
		return err
	}
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
	fd, err := sys.PatientDatagramFD(notifyMax)
	if err != nil {
		return err
	}
	if !l.SetNotify(fd, []byte(path)) {
		return fmt.Errorf("notification socket %s: the path is too long", path)
	}
	interval, err := notify.WatchdogInterval()
	if err != nil {
		return err
	}
	if interval > 0 {
		l.SetWatchdog(interval.Microseconds() / 2)
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

// finish keeps what the next process needs and says why this one leaves.
func finish(l *loop.Loop, why int, st *loop.State, dir container.Dir, manager *notify.Socket) error {
	if why == loop.Failed {
		return errors.New("loop: epoll_pwait2 failed")
	}
	err := gone(save(st, dir.RelayState()))
	if why == loop.Idle {
		err = errors.Join(err, gone(os.Remove(dir.RelayActive())))
	}
	s := l.Stats()
	return errors.Join(err, manager.Send(notify.Stopping, notify.Status(fmt.Sprintf(
		"%d lines, %d bytes stored; journald had no room %d times; %d clients dropped; %d lines lost",
		s.Lines, s.Bytes, s.Waits, s.Dropped, s.LostJournal+s.LostFiles[0]+s.LostFiles[1]))))
}

// gone drops the error of a file that is not there: at the end the container's
// directory goes too.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
