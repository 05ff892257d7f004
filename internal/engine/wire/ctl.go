package wire

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/sys"
)

// fifoMode is the mode of the FIFOs, less the umask: 0640 with the umask 022
// that a monitor has.
const fifoMode = 0o660

// maxRead is how many bytes one Ready takes from each FIFO.
const maxRead = 4096

// Ctl takes commands from the FIFOs ctl and winsz of a bundle, for one thread.
// It has them open for writing too, so that they do not end when a writer
// leaves. Their files stay when it is closed; the engine removes them.
//
// conmon passes what it reads from ctl on to winsz, and reads that only when
// there is a terminal. Here both give the same commands at once: whoever has no
// terminal yet keeps the last Resize for it.
type Ctl struct {
	epoll int // readable while one of the FIFOs is; -1 when closed
	fifos []*fifo
}

// fifo is one of the two.
type fifo struct {
	path  string
	fd    int
	parse func(line string) (Command, error)
	lines lines
}

// NewCtl makes the FIFOs in the directory of a bundle, in the place of files of
// those names; a directory there is an error. On failure it leaves none.
func NewCtl(bundle string) (_ *Ctl, err error) {
	c := &Ctl{epoll: -1}
	defer func() {
		if err != nil {
			_ = c.remove()
		}
	}()
	for _, f := range []*fifo{{path: "ctl", parse: parseControl}, {path: "winsz", parse: parseSize}} {
		f.path = filepath.Join(bundle, f.path)
		if f.fd, err = openFIFO(f.path); err != nil {
			return nil, fmt.Errorf("control FIFO: %w", err)
		}
		c.fifos = append(c.fifos, f)
	}
	if c.epoll, err = sys.EpollOf(c.fifos[0].fd, c.fifos[1].fd); err != nil {
		return nil, fmt.Errorf("control FIFOs of %s: %w", bundle, err)
	}
	return c, nil
}

// openFIFO makes a FIFO, in the place of what is there, and opens it.
func openFIFO(path string) (int, error) {
	err := sys.MakeFIFO(path, fifoMode)
	if errors.Is(err, fs.ErrExist) {
		if err := sys.Unlink(path); err != nil {
			return -1, err
		}
		err = sys.MakeFIFO(path, fifoMode)
	}
	if err != nil {
		return -1, err
	}
	fd, err := sys.OpenFIFODuplex(path)
	if err != nil {
		return -1, errors.Join(err, sys.Unlink(path))
	}
	return fd, nil
}

// FD is readable while there is something to take, for epoll(7) or poll(2); -1
// when closed. It stays the Ctl's.
func (c *Ctl) FD() int { return c.epoll }

// Ready takes what has come, at most 4096 bytes of each FIFO, and calls do for
// each command, in the order of each FIFO. It does not wait. Lines are at most
// 199 bytes long, with their newline, and may come in any number of writes. The
// error says what was not understood, the first of it and how much more; it is
// for a log only, and the Ctl goes on.
func (c *Ctl) Ready(do func(Command)) error {
	var errs []error
	for _, f := range c.fifos {
		errs = append(errs, f.ready(do))
	}
	return errors.Join(errs...)
}

func (f *fifo) ready(do func(Command)) error {
	var buf [maxRead]byte
	n, err := sys.ReadNow(f.fd, buf[:])
	if err != nil && !sys.IsErrno(err, sys.EAGAIN) {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	var first error
	more := -1
	bad := func(err error) {
		more++
		if first == nil {
			first = err
		}
	}
	f.lines.add(buf[:n], func(line string) {
		if command, err := f.parse(line); err != nil {
			bad(err)
		} else {
			do(command)
		}
	}, func() { bad(fmt.Errorf("no newline in %d bytes", maxLine)) })
	switch {
	case first == nil:
		return nil
	case more > 0:
		return fmt.Errorf("%s: %w, and %d more", f.path, first, more)
	default:
		return fmt.Errorf("%s: %w", f.path, first)
	}
}

// Close closes the FIFOs and leaves their files. Closed already is no error.
func (c *Ctl) Close() error {
	var errs []error
	for _, f := range c.fifos {
		errs = append(errs, sys.Close(f.fd))
	}
	if c.epoll >= 0 {
		errs = append(errs, sys.Close(c.epoll))
	}
	c.epoll, c.fifos = -1, nil
	return errors.Join(errs...)
}

// remove closes the FIFOs and removes their files.
func (c *Ctl) remove() error {
	var errs []error
	for _, f := range c.fifos {
		errs = append(errs, sys.Unlink(f.path))
	}
	return errors.Join(append(errs, c.Close())...)
}
