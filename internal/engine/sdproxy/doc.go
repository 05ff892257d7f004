// Package sdproxy is the container's notification socket: what the container
// says with sd_notify(3) goes on to the socket of whoever started the engine,
// as far as it is the container's to say.
//
// For each datagram at most one goes out, with those of its lines that are on
// the list: READY=1, RELOADING=1, STOPPING=1, WATCHDOG=1, WATCHDOG=trigger,
// and all STATUS=, ERRNO=, BUSERROR= and MONOTONIC_USEC=. It is conmon's list
// (setup and callbacks in its conn_sock.c). Nothing of our own is ever sent:
// with --sdnotify=conmon the engine speaks on the same socket.
//
// # When the other side does not take it
//
// A message that cannot be sent, for whatever reason, is kept and tried again:
// at the next datagram, and by a timer whose delay grows from 50 ms to 30 s.
// Of what is kept a newer line replaces the older one of the same name, so
// there are never more than nine lines; READY=1 is replaced by READY=1 only.
// The order stays: a manager that gets STOPPING=1 in one message with READY=1
// does not look at the latter.
//
// # Barriers
//
// A client that waits for a barrier has sent a pipe with BARRIER=1 and waits
// until all copies of it are closed (sd_notify_barrier(3)). It is closed here
// when everything that came before has been handed to the other socket. Other
// descriptors have no business here and are closed at once.
//
// # What a hostile container cannot do
//
// Let the monitor work without end (a Ready takes a bounded number of
// datagrams), grow (all that is kept has a bound), run out of descriptors, or
// stop. The last takes the package's only goroutines: close(2) of a descriptor
// that a stranger has sent can block for as long as the stranger likes (a TCP
// socket with SO_LINGER, a file of a FUSE server, a pipe whose lock a page
// fault holds), so it is never done by the caller's thread. Too many such
// closings at a time, and no more datagrams are taken until one has ended.
package sdproxy
