// Package loop is the relay's loop: it moves what a container writes, to its two
// FIFOs or to its terminal, to the journal, to log files and to the clients that
// are attached, and what they type to the container.
//
// # Rules
//
// The code of this package needs no Go runtime: one thread, one owner of all
// state, no allocation, no goroutine, map, closure or interface value, and
// system calls through the one stub in internal/sys/raw. A [Loop] is what a
// process works with, a [State] what outlives it; both are structures without
// pointers, but for the one to the State, in memory from mmap(2). Set-up and
// finish are ordinary Go, elsewhere. The layout test keeps these rules, and the
// compiler's escape analysis is checked with it.
//
// # Tee, write, consume
//
// Bytes are copied out of a FIFO with tee(2) and leave it only after every sink
// (ring, log files, journal) has taken them. Each sink has an offset in the
// State. A process that is killed at any instant therefore loses nothing. What
// it did last without the note of it comes again: a journal entry, or one
// portion of a stream to journald; what one system call sends to a client, at
// most 32 packets; a packet that was typed. A log file has everything once: what
// goes into it is noted before.
//
// # Lines
//
// A line becomes one record, its bytes unchanged. An unfinished line waits in
// the FIFO, at most [TailMS], for its rest; then, or when the container is gone,
// it is stored as a partial record. A line longer than [MaxLine] is stored in
// pieces that are partial but for the last. So joining the texts, with a newline
// after each that is not partial, gives back the container's bytes.
//
// # Back-pressure
//
// A log that takes nothing makes the loop stop consuming: the container then
// waits in write(2), and nothing is lost; unless lines are to be dropped
// instead, which are counted. Clients never hold anything up, but for those that
// follow. What is typed waits in the clients' sockets.
package loop
