package unit

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/godbus/dbus/v5"
)

// JobDone is the result of a job that did what it was for. The others are
// listed in org.freedesktop.systemd1(5): canceled, timeout, failed,
// dependency, skipped, invalid, assert, unsupported, collected, once, frozen
// (256), concurrency (258).
const JobDone = "done"

// JobUnknown is this package's own result: the job ended while nobody could be
// told how, and the unit's state does not show it.
const JobUnknown = "unknown"

// JobError says that a job ended otherwise than done.
type JobError struct {
	Unit   string
	Result string // the manager's word, or JobUnknown
}

// Error names the unit and the result.
func (e *JobError) Error() string { return fmt.Sprintf("job of %s: %s", e.Unit, e.Result) }

// Job is an operation that the manager has queued for a unit. It goes on
// whether anybody waits for it or not.
type Job struct {
	Unit string
	ID   uint32

	c       *Conn
	stops   bool // it is meant to end the unit
	recheck chan struct{}
	ended   chan struct{} // closed with result set

	mu     sync.Mutex
	link   *link // whose match rule is held
	path   dbus.ObjectPath
	early  map[dbus.ObjectPath]string // results told before path was known
	missed bool                       // early was full
	result string
}

// maxEarly bounds how many other jobs may end between a job's making and the
// answer that names it; beyond, the manager is asked.
const maxEarly = 256

// enqueue makes a call that answers with a job, having asked for JobRemoved
// before. The signal of a job may arrive before the answer that names it has
// been looked at.
func (c *Conn) enqueue(ctx context.Context, name string, stops bool, method string, args []any) (*Job, error) {
	l, err := c.current(ctx)
	if err != nil {
		return nil, err
	}
	j := &Job{
		Unit: name, c: c, stops: stops, recheck: make(chan struct{}, 1),
		ended: make(chan struct{}), early: map[dbus.ObjectPath]string{},
	}
	if err := j.attach(ctx, l); err != nil {
		return nil, err
	}
	c.hub.addJob(j)
	var path dbus.ObjectPath
	if err := l.call(ctx, managerObj, method, args, &path); err != nil {
		c.hub.dropJob(j)
		j.detach()
		return nil, err
	}
	j.named(path)
	return j, nil
}

// attach asks for the signal on l.
func (j *Job) attach(ctx context.Context, l *link) error {
	if err := l.subscribe(ctx); err != nil {
		return err
	}
	if err := l.addMatches(ctx, []string{matchJobs}); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.link = l
	return nil
}

// detach takes the match rule back.
func (j *Job) detach() {
	j.mu.Lock()
	l := j.link
	j.link = nil
	j.mu.Unlock()
	if l != nil {
		l.removeMatches([]string{matchJobs})
	}
}

// named tells the job which it is.
func (j *Job) named(path dbus.ObjectPath) {
	_, _ = fmt.Sscanf(string(path), string(managerObj)+"/job/%d", &j.ID)
	j.mu.Lock()
	j.path = path
	result, told := j.early[path]
	if j.missed && !told {
		signalOne(j.recheck)
	}
	j.early = nil
	j.mu.Unlock()
	if told {
		j.c.hub.dropJob(j)
		j.finish(result)
	}
}

// removed takes note of a JobRemoved signal and reports whether it was this
// job's. It must not block.
func (j *Job) removed(path dbus.ObjectPath, result string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.path == "" {
		if len(j.early) < maxEarly {
			j.early[path] = result
		} else {
			j.missed = true
		}
		return false
	}
	if path != j.path {
		return false
	}
	j.finishLocked(result)
	return true
}

func (j *Job) finish(result string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.finishLocked(result)
}

// finishLocked sets the result, once. The match rule goes from another
// goroutine, as this may be the one that reads the bus.
func (j *Job) finishLocked(result string) {
	if j.result != "" {
		return
	}
	j.result = result
	close(j.ended)
	go j.detach()
}

// Wait returns the job's result when it has ended; every result but JobDone
// comes with a *JobError. Several may wait, and again. When ctx ends first the
// job goes on.
//
// If the connection or the manager was away when the job ended, the result is
// judged by the unit's state: done if it is what the job was to bring about,
// failed if the unit is, JobUnknown otherwise.
func (j *Job) Wait(ctx context.Context) (string, error) {
	for {
		select {
		case <-j.ended:
			return j.outcome()
		default:
		}
		l, err := j.follow(ctx)
		if err != nil {
			return "", j.waitError(err)
		}
		select {
		case <-j.ended:
		case <-l.lost():
		case <-j.recheck:
			if err := j.check(ctx, l); err != nil {
				return "", j.waitError(err)
			}
		case <-ctx.Done():
			return "", j.waitError(context.Cause(ctx))
		}
	}
}

func (j *Job) waitError(err error) error {
	return fmt.Errorf("wait for the job of %s: %w", j.Unit, err)
}

func (j *Job) outcome() (string, error) {
	if j.result == JobDone {
		return JobDone, nil
	}
	return j.result, &JobError{Unit: j.Unit, Result: j.result}
}

// follow returns the live link, on which it asks for the signal if it is new.
func (j *Job) follow(ctx context.Context) (*link, error) {
	l, err := j.c.current(ctx)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	known := j.link == l
	j.mu.Unlock()
	if known {
		return l, nil
	}
	if err := j.attach(ctx, l); err != nil {
		return l, l.giveUp(err) // a loss shows in the wait
	}
	signalOne(j.recheck)
	return l, nil
}

// check asks whether the job still exists, after a time in which its end could
// have been missed.
func (j *Job) check(ctx context.Context, l *link) error {
	var path dbus.ObjectPath
	err := j.c.read(ctx, managerObj, callGetJob, []any{j.ID}, &path)
	var ce *CallError
	if !errors.As(err, &ce) || ce.Name != errNoSuchJob {
		return err
	}
	// The signal, if there was one, came before this answer.
	select {
	case <-j.ended:
		return nil
	default:
	}
	result, err := j.judge(ctx)
	if err != nil {
		return err
	}
	j.c.hub.dropJob(j)
	j.finish(result)
	return nil
}

// judge infers the result from the unit's state.
func (j *Job) judge(ctx context.Context) (string, error) {
	s, err := j.c.State(ctx, j.Unit)
	switch {
	case errors.Is(err, ErrNotLoaded) && j.stops:
		return JobDone, nil
	case errors.Is(err, ErrNotLoaded):
		return JobUnknown, nil
	case err != nil:
		return "", err
	case j.stops && (s.ActiveState == "inactive" || s.ActiveState == "failed"):
		return JobDone, nil
	case !j.stops && (s.ActiveState == "active" || s.ActiveState == "reloading"):
		return JobDone, nil
	case !j.stops && s.ActiveState == "failed":
		return "failed", nil
	}
	return JobUnknown, nil
}
