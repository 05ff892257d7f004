package engine

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/loop/setup"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/notify"
)

// setLoop makes the loop and what the container writes to and reads from.
func (m *monitor) setLoop() (err error) {
	if m.loop, err = setup.New(); err != nil {
		return err
	}
	st, _, err := m.store.State(nil)
	if err != nil {
		return err
	}
	l := m.loop
	l.SetState(st)
	l.SetIdle(-1)
	l.SetEvents(m.poll.FD())
	l.SetListeners(-1, -1)
	l.SetKeep()
	l.SetMessage()
	l.SetPatience(m.attachWait())
	l.SetDropFiles() // as conmon does: a full disk does not stop a container
	l.Mute([]byte(Name), 6)
	for _, step := range []func() error{m.setStop, m.setOutput, m.setInput, m.setLogs, m.setManager} {
		if err := step(); err != nil {
			return err
		}
	}
	l.Hold(!m.resumes()) // what a runtime prints before it fails is its error, and no output
	return nil
}

// setManager tells the loop of the manager that keeps what it has, and what
// there is of that.
func (m *monitor) setManager() error {
	if m.service == nil {
		return nil
	}
	l, text := m.loop, m.status("").String()
	l.SetStatus([]byte(text))
	if err := setup.Notify(l, os.Getenv("NOTIFY_SOCKET")); err != nil {
		return err
	}
	if err := errors.Join(m.store.Input(l), m.store.Clients(l)); err != nil {
		return err
	}
	return m.store.Manager.Send(notify.Ready, notify.Status(text))
}

// setStop gives the loop a descriptor to be stopped by, which nobody uses.
func (m *monitor) setStop() error {
	stop, _, err := sys.EventFD()
	if err == nil {
		m.loop.SetStop(stop)
	}
	return err
}

// setOutput makes the pipes of stdout and stderr. With a terminal what it gives
// goes through a pipe that only the loop knows, and stderr is the runtime's.
func (m *monitor) setOutput() error {
	m.std = [3]int{0, 1, 2}
	if m.opts.Log.Passthrough {
		for i := range 2 {
			m.loop.SetStream(i, -1, -1, nil)
		}
		return nil
	}
	if err := setup.Null(m.loop); err != nil {
		return err
	}
	for i := range 2 {
		r, err := m.output(i)
		if err != nil {
			return err
		}
		if err := m.setStream(i, r); err != nil {
			return err
		}
	}
	return nil
}

// streamNames are the streams' names in the manager's store.
var streamNames = [2]string{"stdout", "stderr"}

// output makes the pipe of stream i and returns the end that is read.
func (m *monitor) output(i int) (r int, err error) {
	name := streamNames[i]
	if m.opts.Terminal && i == 0 {
		return m.store.TakeFD(name, func() (*os.File, error) {
			f, err := sys.DuplexPipe()
			if err == nil {
				_ = sys.SetPipeSize(f, setup.TerminalPipe)
			}
			return f, err
		})
	}
	return m.store.TakeFD(name, func() (f *os.File, err error) {
		r := 0
		r, m.std[1+i], err = sys.OutputPipe()
		return os.NewFile(uintptr(r), name), err
	})
}

// setStream gives the loop a stream.
func (m *monitor) setStream(i, fd int) error {
	fields, err := m.fields(i)
	if err != nil {
		return err
	}
	stash, err := m.store.Stash(i)
	if err != nil {
		return err
	}
	if err := setup.Stream(m.loop, i, fd, stash, fields); err != nil {
		return err
	}
	m.loop.SetPrefix(i, m.prefix(i), !m.opts.NoPartialMessage)
	return nil
}

// The PRIORITY of stdout and stderr, the only two that readers of a container's
// log understand.
var priorities = [2]string{"6", "3"}

// prefix is what "<N>" before a line means: readers take 6 and 3 only, so that N
// has a field of its own unless somebody wants it otherwise.
func (m *monitor) prefix(i int) int {
	if m.opts.Priority != "line" {
		return loop.PrefixNoted
	}
	return [2]int{loop.PrefixObeyed6, loop.PrefixObeyed3}[i]
}

// shortID is the length of CONTAINER_ID.
const shortID = 12

// fields are the constant fields of stream i's journal entries, in conmon's
// order.
func (m *monitor) fields(i int) ([]byte, error) {
	if !m.opts.Log.Journal {
		return nil, nil
	}
	o, e := m.opts, journal.Entry{}
	short := o.CID[:min(len(o.CID), shortID)]
	err := e.AppendString(journal.ContainerIDFull, o.CID)
	if o.Priority != "line" {
		err = errors.Join(err, e.AppendString(journal.Priority, priorities[i]))
	}
	err = errors.Join(err, e.AppendString(journal.ContainerID, short))
	identifier := short
	if o.LogTag != "" {
		err = errors.Join(err, e.AppendString(journal.ContainerTag, o.LogTag))
	}
	if o.Name != "" {
		err = errors.Join(err, e.AppendString(journal.ContainerName, o.Name))
		identifier = o.Name
	}
	if o.LogTag != "" {
		identifier = o.LogTag
	}
	err = errors.Join(err, e.AppendString(journal.SyslogIdentifier, identifier))
	for _, label := range o.LogLabels {
		name, value, _ := strings.Cut(label, "=")
		err = errors.Join(err, e.AppendString(name, value))
	}
	return e.Bytes(), err
}

// setInput makes the pipe of stdin. A terminal's comes with it.
func (m *monitor) setInput() error {
	o := m.opts
	switch {
	case o.Log.Passthrough:
		return nil
	case o.Terminal:
		m.loop.SetInput(true)
		m.loop.SetTerminal()
		return nil
	case !o.Stdin:
		return nil
	case m.resumes(): // what there is of it is in the store
		m.loop.SetInput(o.LeaveStdinOpen)
		return nil
	}
	r, w, err := sys.InputPipe()
	if err != nil {
		return err
	}
	m.std[0] = r
	// Without an attach socket nobody can ever write.
	if o.Bundle == "" {
		return sys.Close(w)
	}
	m.loop.SetInput(o.LeaveStdinOpen)
	m.stdin = w
	return nil
}

// zone is the engine's time zone, which a service does not have from the manager:
// tzset(3).
func (m *monitor) zone() *time.Location {
	name, ok := lookup(m.env, "TZ")
	if m.service == nil || !ok {
		return time.Local
	}
	zone, err := time.LoadLocation(strings.TrimPrefix(name, ":"))
	if err != nil {
		return time.UTC
	}
	return zone
}

// setLogs tells the loop where the output is logged.
func (m *monitor) setLogs() error {
	o, l := m.opts, m.loop
	if err := m.store.Journal(l); err != nil {
		return err
	}
	l.SetWholeLines() // as conmon has them
	if !o.Log.Journal {
		l.SetJournalOff()
	}
	setup.Zone(l, time.Now().In(m.zone()))
	if o.Log.File == "" {
		return nil
	}
	count := 1 // a file that would be too long is begun anew
	if o.LogRotate {
		count += o.LogMaxFiles
	}
	if !l.SetFile(0, loop.K8sFile, []byte(o.Log.File), max(o.LogSizeMax, 0), count, o.NoSyncLog) {
		return errors.New("log file " + o.Log.File + ": the path is too long")
	}
	l.SetFileLimit(0, o.LogGlobalSizeMax)
	return nil
}

// AttachWaitVar says for how many seconds a client that reads nothing holds the
// container back before it is dropped; 0: it is dropped as soon as it is too far
// behind.
const AttachWaitVar = "UNITMON_ATTACH_WAIT"

// attachWaitDefault lets people look at a page of what they have piped into a
// pager, and does not let one that is forgotten stop a container for ever.
const attachWaitDefault = 60

// attachWait is that time in milliseconds.
func (m *monitor) attachWait() int64 {
	n, err := strconv.ParseInt(m.getenv(AttachWaitVar), 10, 32)
	if err != nil || n < 0 {
		n = attachWaitDefault
	}
	return n * 1000
}
