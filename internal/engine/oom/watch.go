package oom

import (
	"errors"
	"fmt"
)

// ErrUnknown says that an event came too late to be understood: the cgroup is
// gone, and with it the counters that would tell whether it was an OOM.
var ErrUnknown = errors.New("the last memory event is unknown")

// Watcher watches one cgroup. It serves one thread, which waits for FD to be
// readable and then calls Ready. It owns its descriptors. A nil *Watcher
// watches nothing.
type Watcher struct {
	dir    string
	source source
}

// source is what one version of cgroups has to offer.
type source interface {
	fd() int
	look() (rose bool, err error)
	infer() (killed bool, err error)
	seen() (met bool, list []Counts)
	resume(met bool, list []Counts)
	close() error
}

// Watch watches the cgroup that a container's process is in now. It must be
// called between the runtime's create and start: what is counted by then is
// not an OOM. The error wraps fs.ErrNotExist if the cgroup has no memory
// controller.
func Watch(pid int) (*Watcher, error) {
	c, err := Find(pid)
	if err != nil {
		return nil, fmt.Errorf("memory events of process %d: %w", pid, err)
	}
	return Open(c)
}

// Open is Watch for a cgroup that is known.
func Open(c Cgroup) (*Watcher, error) {
	var s source
	var err error
	if c.Unified {
		s, err = openUnified(c.Dir)
	} else {
		s, err = openLegacy(c.Dir)
	}
	if err != nil {
		return nil, fmt.Errorf("memory events of %s: %w", c.Dir, err)
	}
	return &Watcher{c.Dir, s}, nil
}

// name puts the cgroup's into an error.
func (w *Watcher) name(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("memory events of %s: %w", w.dir, err)
}

// FD is readable when Ready has something to do; -1 if the Watcher is nil.
func (w *Watcher) FD() int {
	if w == nil {
		return -1
	}
	return w.source.fd()
}

// Ready reports whether there was an OOM since the last time. It does not
// block, and after an error it may be called again as ever.
func (w *Watcher) Ready() (oom bool, err error) {
	if w == nil {
		return false, nil
	}
	oom, err = w.source.look()
	return oom, w.name(err)
}

// Final is the last look, after the container's exit, whether or not FD is
// readable. Like Ready it reports what is new. If the container's process was
// killed (SIGKILL), and its cgroup is gone with its counters, those of the
// cgroups above it are asked whether it was for an OOM.
func (w *Watcher) Final(killed bool) (oom bool, err error) {
	oom, err = w.Ready()
	if w == nil || oom || !killed {
		return oom, err
	}
	inferred, unknown := w.source.infer()
	if inferred {
		return true, nil
	}
	return false, errors.Join(err, w.name(unknown))
}

// Close ends the watch.
func (w *Watcher) Close() error {
	if w == nil {
		return nil
	}
	return w.source.close()
}
