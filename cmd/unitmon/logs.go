package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/journal"
)

type logsOptions struct {
	user, follow bool
	lines        int
	name         string
}

func newLogs() *cobra.Command {
	o := new(logsOptions)
	cmd := userFlag(&cobra.Command{
		Use: "logs [options] NAME", Short: "Show a container's output from the journal", Args: names(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			return o.run(cmd.Context())
		},
	}, &o.user)
	cmd.Flags().BoolVarP(&o.follow, "follow", "f", false, "go on with what comes")
	cmd.Flags().IntVarP(&o.lines, "lines", "n", -1, "show only the last `N` entries")
	return cmd
}

// run lets journalctl find the entries and writes their messages: of stdout to
// stdout, of stderr to stderr, as the container wrote them.
func (o *logsOptions) run(ctx context.Context) error {
	if err := container.CheckName(o.name); err != nil {
		return err
	}
	match, there := o.match()
	cmd := exec.CommandContext(ctx, "journalctl", append(o.args(), o.trusted(match)...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	in := bufio.NewReaderSize(out, 64<<10)
	_, end := in.Peek(1)
	err = copyMessages(in, os.Stdout, os.Stderr)
	if err != nil {
		_ = cmd.Process.Kill() // it is of no use any more
	}
	err = errors.Join(err, wrapExit(cmd.Wait()))
	if err == nil && end != nil && !there {
		return fmt.Errorf("container %s: %w, and the journal has no output of one", o.name, container.ErrNoContainer)
	}
	return err
}

func (o *logsOptions) args() []string {
	args := []string{"--quiet", "--output=export"}
	if o.user {
		args = append(args, "--user")
	}
	if o.follow {
		args = append(args, "--follow")
	}
	switch {
	case o.lines >= 0:
		args = append(args, "--lines="+strconv.Itoa(o.lines))
	case o.follow:
		args = append(args, "--no-tail")
	}
	return args
}

// match finds the entries of the container that is there now, or, if there is
// none, of all that ever had the name.
func (o *logsOptions) match() (match string, there bool) {
	d, err := container.DirOf(o.name, o.user)
	if err == nil {
		if r, err := container.ReadRecord(d); err == nil {
			return journal.ContainerIDFull + "=" + r.ID, true
		}
	}
	return journal.ContainerName + "=" + o.name, false
}

// trusted are the matches for match with a sender that can be believed: anybody
// can send entries with a container's fields. The relay is root; with --stdio
// journal the container's own processes send. A user's journal has no entries
// of others.
func (o *logsOptions) trusted(match string) []string {
	if o.user {
		return []string{match}
	}
	return []string{match, "_UID=0", "+", match, "_SYSTEMD_UNIT=" + container.UnitName(o.name)}
}

func wrapExit(err error) error {
	if err != nil {
		return fmt.Errorf("journalctl: %w", err)
	}
	return nil
}

// copyMessages writes the messages of entries in the export format. A message
// that is only a part of a line gets no newline. Output is flushed whenever
// nothing more is at hand.
func copyMessages(in *bufio.Reader, stdout, stderr io.Writer) error {
	out, errs := bufio.NewWriter(stdout), bufio.NewWriter(stderr)
	d := journal.NewDecoder(in)
	for {
		fields, err := d.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return errors.Join(err, out.Flush(), errs.Flush())
		}
		if !isOutput(fields) {
			continue
		}
		w := out
		if fields.Get(journal.Priority) == "3" {
			w = errs
		}
		// A writer that failed says so at Flush.
		_, _ = w.WriteString(fields.Get(journal.Message))
		if fields.Get(journal.ContainerPartialMessage) != "true" {
			_ = w.WriteByte('\n')
		}
		if in.Buffered() == 0 {
			if err := errors.Join(out.Flush(), errs.Flush()); err != nil {
				return err
			}
		}
	}
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
