package sys

import (
	"errors"
	"io"
	"testing"
)

// early is a socket that reports its end, then a packet, then its end.
type early struct{ reads int }

func (e *early) Read(buf []byte) (int, error) {
	if e.reads++; e.reads != 2 {
		return 0, io.EOF
	}
	return copy(buf, "last"), nil
}

func TestReadPacket(t *testing.T) {
	var buf [8]byte
	e := new(early)
	if n, err := ReadPacket(e, buf[:]); err != nil || string(buf[:n]) != "last" {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	if n, err := ReadPacket(e, buf[:]); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("got %q, %v", buf[:n], err)
	}
}
