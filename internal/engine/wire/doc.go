// Package wire is what a monitor and its engine (podman, CRI-O) say to each
// other: the start, sync and attach pipes and the JSON lines on them, the files
// that hold process numbers and exits, the two FIFOs that take commands, the
// symbolic link to the attach socket, and what of descriptors and environment
// is handed on. All of it is conmon's contract, of version 2.2.1; where this
// package differs, its comments say so.
//
// # Order at the start
//
// A descriptor has one owner. First each pipe is taken ([TakePipe]), which makes
// it close-on-exec; [Inherited] then lists the rest of what the engine passed
// on: published ports, sockets of LISTEN_FDS, and whatever has leaked. They stay
// open, unread, for the runtime and as long as the container lives, and are
// given to [CloseFDs] before the exit is written, because the engine uses the
// ports again at once. A process that executes itself asks Inherited before it
// takes a pipe, so that the pipes are in the list, and hands them all on.
//
// # Errors
//
// Texts that reach the engine or the screen are conmon's: "%s %m" or GLib's, with
// the C library's words for the error number. They wrap that number.
package wire
