package engine

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/notify"
)

// commanding notes that the exit command is about to run: whoever follows this
// process has nothing left to do but to wait for it. The command may be what
// starts the container's successor, so that a second one, or a hand on what is
// in the bundle, could do harm. It takes as long as it takes, and while it is
// waited for nothing can tell the watchdog so.
func (m *monitor) commanding(code int) {
	if m.service == nil {
		return
	}
	m.code = code
	m.reached(commanded)
	m.tellCommand()
	if err := m.store.Manager.Send(noWatchdog); err != nil {
		m.diag.Warn(err.Error())
	}
}

// noWatchdog ends the watchdog, sd_notify(3).
const noWatchdog = "WATCHDOG_USEC=0"

// keepCommand stores the exit command's pidfd.
func (m *monitor) keepCommand(pid int) error {
	if m.service == nil {
		return nil
	}
	fd, err := sys.OpenPidfd(pid)
	if err != nil {
		return err
	}
	err = m.store.Manager.Store(storeCommand, false, fd.File())
	return errors.Join(err, barrier(m.store.Manager), fd.Close())
}

// endAgain is end for a process whose predecessor was killed when it had started
// the exit command, or was about to.
func (m *monitor) endAgain() int {
	m.code, m.began = m.service.record.code(), true
	sys.Umask(0o022)
	_ = os.Chdir(m.service.config.Dir) // the command may have removed it
	err := errors.Join(m.detach(), m.store.Manager.Send(notify.Ready, noWatchdog, notify.Status(m.status("exit command").String())))
	if err != nil {
		m.diag.Warn(err.Error())
	}
	code, failed := m.code, 0
	if list := m.store.Set.Named(storeCommand).Rest(); len(list) > 0 {
		failed, err = commandEnd(list[0].File)
	} else {
		failed, err = m.runExitCommand()
	}
	return m.verdict(code, failed, err)
}

// commandEnd waits for the end of an exit command that is no child, and returns
// its exit code: 0 if the kernel does not tell it, before Linux 6.15.
func commandEnd(f *os.File) (code int, err error) {
	fd, err := sys.Dup(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	p, err := sys.NewPidfd(fd)
	if err != nil {
		return 0, err
	}
	defer func() { _ = p.Close() }()
	ctx := context.Background()
	if err := p.WaitExit(ctx); err != nil {
		return 0, err
	}
	status, err := p.ReapedStatus(ctx)
	if errors.Is(err, sys.ErrUntold) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	command := process{status: status, known: true}
	return command.code(), nil
}

// verdict is the monitor's exit code, which is the container's: it is what a unit
// reports whose main process this is. That of an exit command that failed is told
// in the journal.
func (m *monitor) verdict(code, failed int, err error) int {
	switch {
	case err != nil:
		m.diag.Error(err.Error())
		return 1
	case failed != 0:
		text := fmt.Sprintf("container %s: the exit command has ended with %d", m.opts.CID, failed)
		m.diag.Warn(text)
		if m.loop != nil {
			m.loop.Say([]byte(text))
		}
	}
	return code
}
