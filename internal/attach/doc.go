// Package attach is the client of a relay's control socket, and what a person's
// terminal needs to become a container's: raw mode that is always given back,
// detach keys, the size. The protocol is described in docs/PROTOCOLS.md.
//
//   - [Open] makes a [Conn], which gets the output and types the input.
//   - [Ask] makes a request that is only answered.
//   - A [Resizer] sends a terminal's size.
//   - [CopyInput] types what it reads, up to the detach keys ([ParseKeys]).
//   - [WithTerminal] runs a function while a terminal is in raw mode.
package attach
