package sys

import (
	"errors"
	"io"
)

// ReadPacket reads one packet of a SOCK_SEQPACKET socket; io.EOF is the end. A
// read that does not block can report the end while a packet is there, sent just
// before it: unix_dgram_recvmsg() (net/unix/af_unix.c) looks for packets first and
// for the end then. The next read has it, so the end counts when it comes twice.
func ReadPacket(r io.Reader, buf []byte) (int, error) {
	n, err := r.Read(buf)
	if errors.Is(err, io.EOF) {
		n, err = r.Read(buf)
	}
	return n, err
}
