// Package journal speaks the protocols of systemd-journald: entries with
// fields over its native datagram socket, lines over its stream socket, and
// the export format for reading entries back.
//
// Sending is made for programs that log many lines with the same fields. The
// fields that stay are encoded once, and nothing is allocated per entry:
//
//	e.AppendString(journal.SyslogIdentifier, "web")
//	fixed := e.Len()
//	for line := range lines {
//		e.Truncate(fixed)
//		e.Append(journal.Message, line)
//		err := conn.SendWait(ctx, &e)
//	}
//
// # One entry, one datagram
//
// The protocol says that a datagram holds one entry. Up to systemd 252
// journald also took several, divided by an empty line; since 253 it stores
// the first that has a MESSAGE and drops the rest without a word. So Send
// sends one Entry, and Parse refuses a datagram with two.
//
// The formats: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/ and
// https://systemd.io/JOURNAL_EXPORT_FORMATS/.
package journal
