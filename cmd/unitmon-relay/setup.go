package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/loop/setup"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/notify"
	"github.com/unitmon/unitmon/socketact"
)

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
	l, err := setup.New()
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
	store := setup.Store{Set: set, Manager: manager}
	mem, err := takeMemory(store, dir)
	if err != nil {
		return nil, err
	}
	l.SetState(mem.state)
	l.SetIdle(record.IdleMS)
	for _, step := range []func() error{
		func() error { return setStreams(l, set, dir, record, mem) },
		func() error { return setListeners(l, set, dir, record) },
		func() error { return setInput(l, store, record) },
		func() error { return setLogs(l, store, record) },
		func() error { return store.Clients(l) },
		func() error { return setup.Notify(l, os.Getenv("NOTIFY_SOCKET")) },
		set.Close,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return mem, setup.Init(l)
}

// setStreams gives the loop the FIFOs, each with its stash.
func setStreams(l *loop.Loop, set *socketact.Set, dir container.Dir, record *container.Record, mem *memory) error {
	if err := setup.Null(l); err != nil {
		return err
	}
	for i, path := range []string{dir.Stdout(), dir.Stderr()} {
		fields, err := record.Native([]int{6, 3}[i])
		if err != nil {
			return err
		}
		f, err := set.TakeFIFO(path)
		if err != nil {
			if record.Stdio == container.StdioJournal {
				l.SetStream(i, -1, -1, nil)
				continue
			}
			return err
		}
		if record.Terminal && i == 0 {
			_ = sys.SetPipeSize(f, setup.TerminalPipe)
		}
		fd, err := setup.Disown(f)
		if err != nil {
			return err
		}
		if err := setup.Stream(l, i, fd, mem.stash[i], fields); err != nil {
			return fmt.Errorf("container %s: %w", record.Name, err)
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
	return setup.Disown(f)
}

// setInput tells the loop of the container's stdin and gives it what an earlier
// process had of it.
func setInput(l *loop.Loop, store setup.Store, record *container.Record) error {
	if record.Stdin {
		l.SetInput(record.LeaveStdinOpen)
	}
	if record.Terminal {
		l.SetTerminal()
	}
	return store.Input(l)
}

// setLogs tells the loop where the output is logged.
func setLogs(l *loop.Loop, store setup.Store, record *container.Record) error {
	if err := store.Journal(l); err != nil {
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
	if err := setBulk(l, store.Set, record); err != nil {
		return err
	}
	if record.LogPolicy == container.LogDrop {
		l.SetDrop(record.LogQueue)
	}
	setup.Zone(l, time.Now())
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
			fd, err := setup.Disown(e.File)
			if err != nil {
				return err
			}
			l.SetBulkFD(i, fd)
		}
	}
	return nil
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
