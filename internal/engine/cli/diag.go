package cli

import (
	"io"
	"path/filepath"
)

// Diag is what a monitor says of itself: lines with a prefix to a writer,
// which is its standard error, and with --syslog to syslog as well. A line
// above the level of --log-level is dropped. It never blocks for syslog, and
// what a writer does not take is lost: nobody could be told.
//
// A nil Diag says nothing. It serves one goroutine.
type Diag struct {
	w      io.Writer
	level  Level
	syslog *syslog // nil: not wanted
}

// NewDiag returns the diagnostics that o asks for, with lines going to w, and
// argv0 as the name for syslog. It opens nothing: the socket for syslog is
// made when there is something to say.
func NewDiag(o *Options, argv0 string, w io.Writer) *Diag {
	d := &Diag{w: w, level: o.LogLevel}
	if o.Syslog {
		id := o.CID
		if o.given.tag {
			id += ": " + o.LogTag
		}
		d.syslog = newSyslog(filepath.Base(argv0), id)
	}
	return d
}

// Error says that something failed.
func (d *Diag) Error(text string) { d.say(LevelError, "[conmon:e]: ", "error", text) }

// Warn says what may matter.
func (d *Diag) Warn(text string) { d.say(LevelWarn, "[conmon:w]: ", "nwarn", text) }

// WarnErr is Warn for a system call that failed: Strerror(3) of err follows
// the text, after a space.
func (d *Diag) WarnErr(text string, err error) {
	d.say(LevelWarn, "[conmon:w]: ", "pwarn", text+" "+Strerror(err))
}

// Info says what happens.
func (d *Diag) Info(text string) { d.say(LevelInfo, "[conmon:i]: ", "ninfo", text) }

// Debug says how it happens.
func (d *Diag) Debug(text string) { d.say(LevelDebug, "[conmon:d]: ", "ndebug", text) }

// Trace says what happens often. It looks like Debug, except in syslog.
func (d *Diag) Trace(text string) { d.say(LevelTrace, "[conmon:d]: ", "ntrace", text) }

// Exit returns the end of the program with code 1, for a failure that text
// names. The line for standard error is in it, for the program to print; the
// one for syslog is sent now.
func (d *Diag) Exit(text string) *Exit {
	if d != nil {
		d.syslog.send("error", text)
	}
	return &Exit{Code: 1, Stderr: "[conmon:e]: " + text + "\n"}
}

// ExitErr is Exit for a system call that failed: Strerror(3) of err follows
// the text, after a space.
func (d *Diag) ExitErr(text string, err error) *Exit { return d.Exit(text + " " + Strerror(err)) }

// Close closes the socket for syslog. Whatever is said later opens it again.
func (d *Diag) Close() error {
	if d == nil {
		return nil
	}
	return d.syslog.close()
}

func (d *Diag) say(level Level, prefix, kind, text string) {
	if d == nil || level > d.level {
		return
	}
	_, _ = io.WriteString(d.w, prefix+text+"\n")
	d.syslog.send(kind, text)
}
