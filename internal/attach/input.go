package attach

import (
	"errors"
	"io"
)

// InputSize is how many bytes of input one packet has at most: what conmon
// takes at a time, and half of what the relay does.
const InputSize = 32 << 10

// ErrDetached is returned when the detach keys were typed.
var ErrDetached = errors.New("detached")

// Stdin is the input of a container; a *Conn is one.
type Stdin interface {
	io.Writer
	CloseWrite() error
}

// CopyInput types what it reads from in to the container. The end of in is the
// end of the container's stdin. When the detach keys are found, it returns
// ErrDetached; bytes behind them that came with the same Read are lost. An empty
// keys is none.
func CopyInput(to Stdin, in io.Reader, keys []byte) error {
	d := NewDetector(keys)
	buf, out := make([]byte, InputSize), make([]byte, 0, InputSize+MaxKeys)
	for {
		n, err := in.Read(buf)
		typed, found := d.Filter(out, buf[:n])
		if errors.Is(err, io.EOF) {
			typed = append(typed, d.Held()...)
		}
		if werr := writeAll(to, typed); werr != nil {
			return werr
		}
		switch {
		case found:
			return ErrDetached
		case errors.Is(err, io.EOF):
			return to.CloseWrite()
		case err != nil:
			return err
		}
	}
}

// writeAll writes p in packets. A packet without bytes would mean the end.
func writeAll(w io.Writer, p []byte) error {
	for len(p) > 0 {
		n := min(len(p), InputSize)
		if _, err := w.Write(p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}
