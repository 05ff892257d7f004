package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/internal/sys"
)

// processesMax bounds the processes of a container that are not deleted.
const processesMax = 1024

// Process is a process that is executed in a container, beside its first.
type Process struct {
	machine
	c       *Container
	options oci.ExecOptions
	pidfd   *sys.Pidfd // of the host's process; nil before it runs
	turn    chan struct{}
}

// errBusy is why no more processes are executed.
var errBusy = errors.New("too many exits are unread, or processes not deleted")

// Process makes a process, in the state created, that Start starts. id names it
// and is free in the container. Without o.Detach a process of the runtime, a
// child of this one, stays as its parent, so its exit is always known; with it,
// the exit is known if this process is a subreaper (prctl(2)) or another parent
// has not taken it before it was looked at.
func (c *Container) Process(id string, o oci.ExecOptions) (*Process, error) {
	if id == "" {
		return nil, c.wrap(errors.New("exec: the process has no id"))
	}
	p := &Process{c: c, options: o, turn: make(chan struct{}, 1)}
	p.turn <- struct{}{}
	p.name, p.process, p.hub, p.state = c.name, id, c.hub, Created
	p.life = newLife()
	c.pmu.Lock()
	defer c.pmu.Unlock()
	if c.processes[id] != nil {
		return nil, c.wrap(fmt.Errorf("exec: process %s exists", id))
	}
	if len(c.processes) >= processesMax || c.hub.unread()+len(c.processes) >= exitsMax {
		return nil, c.wrap(fmt.Errorf("exec: %w", errBusy))
	}
	c.processes[id] = p
	return p, nil
}

// Exec makes a process and starts it. When it could not be started there is no
// process, and the error wraps an *oci.Error.
func (c *Container) Exec(ctx context.Context, id string, o oci.ExecOptions) (*Process, error) {
	p, err := c.Process(id, o)
	if err != nil {
		return nil, err
	}
	if err := p.Start(ctx); err != nil {
		return nil, errors.Join(err, p.Delete())
	}
	return p, nil
}

// Start starts the process; the container must be running. A process that could
// not be started has stopped, and Wait says that its exit is not known.
func (p *Process) Start(ctx context.Context) error {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return p.wrap(context.Cause(ctx))
	}
	defer func() { p.turn <- struct{}{} }()
	if err := p.check(OpStart); err != nil {
		return err
	}
	if err := p.c.check(OpExec); err != nil {
		return err // it may be started later
	}
	start := p.startAttached
	if p.options.Detach {
		start = p.startDetached
	}
	if err := start(ctx); err != nil {
		p.ended(p.current(), exitUnknown(fmt.Errorf("it was not started: %w", err)))
		return p.wrap(err)
	}
	return nil
}

func (p *Process) startDetached(ctx context.Context) error {
	if _, err := p.c.runtime.Exec(ctx, p.c.id, p.options); err != nil {
		return err
	}
	pid, err := oci.ReadPIDFile(p.options.PIDFile)
	if err != nil {
		return err
	}
	err = p.open(pid)
	if err != nil {
		return err
	}
	fd, l := p.pidfd, p.current()
	p.apply(OpStart) // from now on others may signal it
	if fd == nil {
		p.ended(l, exitUnknown(errGoneBefore))
		return nil
	}
	p.c.busy.Go(func() {
		if err := fd.WaitExit(p.c.ctx); err != nil {
			p.ended(l, exitUnknown(err))
			return
		}
		p.ended(l, exitOf(p.c.ctx, fd, pid))
	})
	return nil
}

// startAttached runs the runtime and returns when it has written the pid file,
// or has ended.
func (p *Process) startAttached(ctx context.Context) error {
	changes, err := sys.NewInotify()
	if err != nil {
		return err
	}
	defer func() { _ = changes.Close() }()
	if err := changes.WatchDir(filepath.Dir(p.options.PIDFile)); err != nil {
		return err
	}
	if err := os.Remove(p.options.PIDFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // an old one would be taken for the new
	}
	running, kill := context.WithCancel(p.c.ctx)
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	end, started, settled := make(chan error, 1), make(chan struct{}), make(chan struct{})
	defer close(settled)
	o := p.options
	o.Started = sync.OnceFunc(func() { close(started) })
	p.c.busy.Go(func() {
		defer kill()
		err := p.attend(running, o, stop)
		end <- err
		<-settled // what it means depends on whether the process runs
		if err != nil && p.State() != Created {
			p.ended(p.current(), exitUnknown(err))
		}
	})
	err = p.awaitPID(waiting, changes)
	if ctx.Err() != nil {
		kill() // nobody will know the process
		return errors.Join(context.Cause(ctx), <-end)
	}
	if err != nil {
		if waiting.Err() == nil {
			kill() // it was no end of the runtime
		}
		return <-end
	}
	<-started // who wrote the pid file was; from now on the caller may close its files
	p.apply(OpStart)
	return nil
}

// attend is the runtime's call, from the start of the process to its end. An error
// says nothing about the process.
func (p *Process) attend(ctx context.Context, o oci.ExecOptions, ended func()) error {
	defer ended()
	code, err := p.c.runtime.Exec(ctx, p.c.id, o)
	if err == nil {
		p.ended(p.current(), Exit{Known: true, Code: code, Time: time.Now()})
	}
	return err
}

// awaitPID waits until the runtime has written the pid file.
func (p *Process) awaitPID(ctx context.Context, changes *sys.Inotify) error {
	watched := false
	for {
		if pid, err := oci.ReadPIDFile(p.options.PIDFile); err == nil {
			return p.open(pid)
		}
		if f, err := os.Open(p.options.PIDFile); err == nil {
			_, werr := changes.WatchFile(f) // it is there and not written yet
			_ = f.Close()
			if werr == nil && !watched {
				watched = true
				continue // it may have been written before the watch
			}
		}
		if err := changes.Wait(ctx); err != nil {
			return err
		}
	}
}

// open keeps hold of the process for Kill; one that is gone needs none.
func (p *Process) open(pid int) error {
	fd, err := sys.OpenPidfd(pid)
	if sys.IsErrno(err, sys.ESRCH) {
		return nil
	}
	if err == nil {
		p.pidfd = fd
	}
	return err
}

// Kill sends a signal to the process, by name or number. To one that has ended
// that is an error, which wraps oci.ErrNotRunning.
func (p *Process) Kill(ctx context.Context, sig string) error {
	if err := p.check(OpKill); err != nil {
		return err
	}
	n, ok := sys.ParseSignal(sig)
	if !ok {
		return p.wrap(fmt.Errorf("kill: %s is not a signal", sig))
	}
	return p.wrap(p.signal(ctx, n))
}

func (p *Process) signal(ctx context.Context, n int) error {
	if p.c.runtime.GuestPIDs() {
		pid, err := oci.ReadPIDFile(p.options.InternalPIDFile)
		if err != nil {
			return fmt.Errorf("kill: its pid in the container is not known: %w", err)
		}
		return p.c.runtime.KillProcess(ctx, p.c.id, pid, strconv.Itoa(n))
	}
	if p.pidfd == nil {
		return oci.ErrNotRunning
	}
	err := p.pidfd.Signal(n)
	if sys.IsErrno(err, sys.ESRCH) {
		return oci.ErrNotRunning
	}
	return err
}

// Resize sets the size of the process's terminal, whose master the caller has.
func (p *Process) Resize(master *os.File, rows, cols uint16) error {
	if err := p.check(OpResize); err != nil {
		return err
	}
	return p.wrap(sys.SetWindowSize(master, rows, cols))
}

// Wait waits for the end of the process and says how it was; of one that was
// never started, for that.
func (p *Process) Wait(ctx context.Context) (Exit, error) {
	e, err := p.wait(ctx)
	return e, p.wrap(err)
}

// Delete forgets a process that has ended or was never started.
func (p *Process) Delete() error {
	select {
	case <-p.turn:
	default:
		return p.wrap(errors.New("delete: it is being started"))
	}
	defer func() { p.turn <- struct{}{} }()
	if err := p.check(OpDelete); err != nil {
		return err
	}
	p.ended(p.current(), exitUnknown(errors.New("it was not started"))) // for who waits
	p.apply(OpDelete)
	p.c.pmu.Lock()
	defer p.c.pmu.Unlock()
	delete(p.c.processes, p.process)
	if p.pidfd == nil {
		return nil
	}
	return p.pidfd.Close()
}

// wrap names container and process in an error, unless it does so itself.
func (p *Process) wrap(err error) error {
	var n *NotAllowed
	if err == nil || errors.As(err, &n) {
		return err
	}
	return p.c.wrap(fmt.Errorf("process %s: %w", p.process, err))
}
