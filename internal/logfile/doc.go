// Package logfile writes the records of a container's log files: the
// Kubernetes CRI format, which conmon calls k8s-file, and Docker's json-file.
// Opening, rotating and writing files is the relay's loop's; reading them is
// package read's.
//
// # Rules
//
// The code of this package runs in the relay's loop and needs no Go runtime:
// no allocation, map, closure or interface value. The layout test keeps these
// rules, and the compiler's escape analysis is checked with it.
//
// # Records
//
// A record is a piece of a stream: a text without its newline, and whether a
// newline follows it. A text is at most a line; if no newline follows, the
// record is partial, and the stream's next record goes on with the line. So
// joining the texts of one stream, with a newline after each that is not
// partial, gives back the container's bytes, whatever they are. A text with a
// newline in it is the caller's mistake in k8s-file, whose records end there.
//
// # k8s-file
//
//	2026-11-21T09:19:22.032465950+01:00 stdout F text
//
// Local time with nine digits of nanoseconds and a numeric offset, never "Z";
// stdout or stderr; F for a line or its last piece, P for a partial record;
// the text, its bytes unchanged. Kubernetes defines the format in
// design-proposals-archive/node/kubelet-cri-logging.md; conmon writes the same
// bytes (set_k8s_timestamp() and write_k8s_log() in its ctr_logging.c).
//
// # json-file
//
//	{"log":"text\n","stream":"stdout","time":"2026-11-21T08:19:22.03246595Z"}
//
// As Docker's log driver of that name writes it (moby's daemon/logger/
// jsonfilelog/jsonlog): UTC, the fraction without zeros at its end; in the text
// the characters " \ < > & and U+2028, U+2029 and those below U+0020 escaped,
// all others as they are; a partial record has no \n at the end of its log.
//
// JSON has no way to write a byte that is not UTF-8. Docker writes \ufffd in
// place of it, which cannot be undone. This package writes the byte 0xNN as
// \udcNN, half a surrogate pair, which stands for no character (the
// "surrogateescape" of Python's PEP 383). Readers of JSON take it, most for
// U+FFFD, so they show what Docker would have had them show; package read, and
// Python's json with that error handler, give the byte back. Each text is
// looked at alone: a character that two records share is written byte by byte
// in both.
package logfile
