package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/logfile/read"
	"github.com/unitmon/unitmon/journal"
)

// journalLog shows a container's entries. journalctl finds them.
type journalLog struct {
	args   []string // what it is always called with
	from   string   // the option that says where to begin, may be ""
	skip   read.Skip
	out    *logOutput
	cursor string // of the last entry that was shown, or passed over
	any    bool   // there is an entry
}

// showJournal shows the container's output from the journal: of the container
// that is there now, or, if r is nil, of all that ever had the name.
func (o *logsOptions) showJournal(ctx context.Context, r *container.Record) error {
	j := &journalLog{args: o.journalArgs(r), from: o.journalSince(time.Now()), out: o.output()}
	err := j.show(ctx, o.tail, o.follow)
	if err == nil && r == nil && !j.any {
		err = fmt.Errorf("container %s: %w, and the journal has no output of one", o.name, container.ErrNoContainer)
	}
	return err
}

func (o *logsOptions) journalArgs(r *container.Record) []string {
	args := []string{"--quiet", "--output=export"}
	if o.user {
		args = append(args, "--user")
	}
	match := journal.ContainerName + "=" + o.name
	if r != nil {
		match = journal.ContainerIDFull + "=" + r.ID
	}
	return append(args, o.trusted(match)...)
}

// trusted are the matches for match with a sender that can be believed: anybody
// can send entries with a container's fields. The relay is root; with --stdio
// journal the container's own processes send. A user's journal has no entries
// of others.
func (o *logsOptions) trusted(match string) []string {
	if o.user {
		return []string{match}
	}
	return []string{match, "_UID=0", "+", match, "_SYSTEMD_UNIT=" + container.UnitName(o.name), "+", match, "_SYSTEMD_UNIT=" + container.FileUnits(o.name).Service}
}

// journalSince is --since for journalctl. What unitmon understands is given in
// seconds, so that it means the same for files; journalctl judges the rest.
func (o *logsOptions) journalSince(now time.Time) string {
	if o.since == "" {
		return ""
	}
	if t, ok := parseSince(o.since, now); ok && t.Unix() >= 0 {
		return fmt.Sprintf("--since=@%d.%06d", t.Unix(), t.Nanosecond()/1000)
	}
	return "--since=" + o.since
}

// show shows what there is, and with follow what comes until ctx is done and
// everything is shown that was stored by then.
func (j *journalLog) show(ctx context.Context, tail int, follow bool) error {
	if tail >= 0 {
		if err := j.seekTail(context.WithoutCancel(ctx), tail); err != nil {
			return err
		}
	}
	if !follow {
		return j.read(ctx, j.entry)
	}
	err := j.read(ctx, j.entry, "--follow", "--no-tail")
	if ctx.Err() == nil {
		return err // journalctl has ended by itself
	}
	// It was stopped where it happened to be. What it had not read yet is there
	// when journald has stored all that it was sent, which only root can make
	// it do at once.
	rest := context.WithoutCancel(ctx)
	_ = exec.CommandContext(rest, "journalctl", "--sync").Run()
	if j.cursor != "" {
		j.from = "--after-cursor=" + j.cursor
	}
	return j.read(rest, j.entry)
}

// read calls entry for each entry that journalctl finds, until it says that it
// has enough.
func (j *journalLog) read(ctx context.Context, entry func(journal.Fields) (enough bool), args ...string) error {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	if j.from != "" {
		args = append(args, j.from)
	}
	cmd := exec.CommandContext(ctx, "journalctl", append(args, j.args...)...)
	var says lastWords
	cmd.Stderr = &says
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	in := bufio.NewReaderSize(pipe, 64<<10)
	err = decode(in, j.out, func(f journal.Fields) bool {
		done := entry(f)
		if done {
			enough()
		}
		return done
	})
	stopped := ctx.Err() != nil
	if err != nil {
		enough() // journalctl is of no use any more
	}
	waited := cmd.Wait()
	if !stopped && err == nil && waited != nil {
		return says.failure(waited)
	}
	_, _ = os.Stderr.Write(says) // what was no failure, as about a damaged journal file
	if stopped {                 // in the middle of an entry, maybe
		return j.out.flush()
	}
	return err
}

// lastWords keeps the end of what journalctl says on stderr.
type lastWords []byte

// Write never fails.
func (l *lastWords) Write(p []byte) (int, error) {
	const most = 4 << 10
	*l = append(*l, p...)
	*l = (*l)[max(0, len(*l)-most):]
	return len(p), nil
}

// failure is the error of a journalctl that has failed: in its own last words, if
// there are any.
func (l lastWords) failure(err error) error {
	line := bytes.TrimSpace(l)
	if len(line) == 0 {
		return fmt.Errorf("journalctl: %w", err)
	}
	return fmt.Errorf("journalctl: %s", line[bytes.LastIndexByte(line, '\n')+1:])
}

// decode calls entry for each entry of in, which has the journal's export
// format, until it says that it has enough. Output is flushed whenever nothing
// more is at hand.
func decode(in *bufio.Reader, out *logOutput, entry func(journal.Fields) (enough bool)) error {
	d := journal.NewDecoder(in)
	for {
		f, err := d.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return errors.Join(err, out.flush())
		}
		if entry(f) {
			return out.flush()
		}
		if in.Buffered() == 0 {
			if err := out.flush(); err != nil {
				return err
			}
		}
	}
}

// entry shows one entry.
func (j *journalLog) entry(f journal.Fields) (enough bool) {
	j.any, j.cursor = true, f.Get("__CURSOR")
	if !isOutput(f) {
		return false
	}
	stream, partial := placeOf(f)
	if !j.skip.Drop(stream, partial) {
		text, _ := f.Lookup(journal.Message)
		j.out.session = f.Get(container.ExecIDField)
		j.out.write(stream, f.Time(), text, partial)
	}
	return false
}

// seekTail makes the log begin with the last n lines, by reading backwards.
func (j *journalLog) seekTail(ctx context.Context, n int) error {
	tail := read.NewTail(n)
	newest, first := "", ""
	err := j.read(ctx, func(f journal.Fields) (enough bool) {
		cursor := f.Get("__CURSOR")
		if newest == "" {
			newest = cursor
		}
		if !isOutput(f) {
			return false
		}
		wanted, done := tail.Add(placeOf(f))
		if wanted {
			first = cursor
		}
		return done
	}, "--reverse")
	j.skip = tail.Skip()
	j.any = newest != ""
	switch {
	case first != "":
		j.from = "--cursor=" + first
	case j.any:
		j.from = "--after-cursor=" + newest
	}
	return err
}

// placeOf says which stream an entry is of, and whether no newline follows it.
func placeOf(f journal.Fields) (stream int, partial bool) {
	if f.Get(journal.Priority) == "3" {
		stream = 1
	}
	return stream, f.Get(journal.ContainerPartialMessage) == "true"
}

// isOutput reports whether an entry is a container's own. With --stdio journal
// the manager adds the container's fields to what launch and reap write, too.
func isOutput(f journal.Fields) bool {
	identifier := f.Get(journal.ContainerTag)
	if identifier == "" {
		identifier = f.Get(journal.ContainerName)
	}
	return f.Get(journal.SyslogIdentifier) == identifier && f.Get(journal.MessageID) != container.ExitMessageID
}
