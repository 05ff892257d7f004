// Package loop is the relay's loop: it moves what a container writes from its
// two FIFOs to the journal and to the clients that follow it.
//
// # Rules
//
// The code of this package needs no Go runtime: one thread, one owner of all
// state, no allocation, no goroutine, map, closure or interface value, and
// system calls through the one stub in internal/sys/raw. Its whole state is
// one [Loop], a structure without pointers that lives in memory from mmap(2).
// Set-up and finish are ordinary Go, elsewhere. The layout test keeps these
// rules, and the compiler's escape analysis is checked with it.
//
// # Tee, write, consume
//
// Bytes are copied out of a FIFO with tee(2) and leave it only after every
// sink has taken them. A relay that is killed at any instant therefore loses
// nothing; at most what was taken since the last consumed byte (one FIFO, by
// default 64 KiB) is delivered once more. Each sink counts how many bytes at
// the head of a FIFO it has already taken; what all have taken is consumed.
//
// # Lines
//
// A line becomes one journal entry, its bytes unchanged. An unfinished line
// waits in the FIFO, at most [TailMS], for its rest; then, or when the
// container is gone, it is stored with CONTAINER_PARTIAL_MESSAGE=true. A line
// longer than [MaxLine] is stored in pieces with the same mark on all but the
// last. So joining the messages, with a newline after each one that is not
// marked, gives back the container's bytes.
//
// # Journal
//
// One entry per datagram, sent by path without blocking. When journald's queue
// is full the loop stops reading the FIFOs until there is room: the container
// then waits in write(2), and nothing is lost.
package loop
