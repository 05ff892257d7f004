package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/attach"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

// attachOptions are the options of "unitmon attach".
type attachOptions struct {
	name    string
	user    bool
	noStdin bool
	stdin   bool // --no-stdin=false was said
	keys    detachKeys
	replay  string
	past    attach.Options // what replay asks for
}

// detachKeys are those of --detach-keys.
type detachKeys struct {
	text  string
	bytes []byte // as a terminal gives them
}

func (k *detachKeys) flag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.text, "detach-keys", attach.DefaultKeys,
		"`KEYS` typed at a terminal that end this command only: characters or ctrl-X, with commas between; none if empty")
}

func (k *detachKeys) complete() (err error) {
	k.bytes, err = attach.ParseKeys(k.text)
	return err
}

const attachLong = `Show a running container's output as it comes, and type into it if it has a terminal or was started
with --interactive. It ends with the container's exit code, or with 0 when the detach keys are typed,
and then the container goes on.

The detach keys are looked for in what a terminal gives; if that is not in raw mode, because the
container has none, after Enter only.

The end of our stdin ends the container's, for everybody, unless that has a terminal or was started
with --leave-stdin-open. Without a terminal of the container, signals are forwarded to it; while it has
no process, as between two runs, they end this command.

Whoever reads too slowly is not waited for: a terminal misses some output, anything else is an error.`

func newAttach() *cobra.Command { return new(attachOptions).command() }

func (o *attachOptions) command() *cobra.Command {
	cmd := userFlag(&cobra.Command{
		Use: "attach [options] NAME", Short: "Attach to a running container's streams", Long: attachLong, Args: names(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name, o.stdin = args[0], cmd.Flags().Changed("no-stdin") && !o.noStdin
			return o.run(cmd.Context())
		},
	}, &o.user)
	f := cmd.Flags()
	f.BoolVar(&o.noStdin, "no-stdin", false, "only look on")
	o.keys.flag(cmd)
	f.StringVar(&o.replay, "replay", "", "first show the last `N` lines, or with Nb the last N bytes; the last 64 KiB are kept")
	return cmd
}

func (o *attachOptions) run(ctx context.Context) error {
	if err := o.complete(); err != nil {
		return err
	}
	m, err := dial(ctx, o.user)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	s, err := container.Join(ctx, m, o.name, o.user)
	if err != nil {
		return hint(err, o.user)
	}
	return errors.Join(o.attach(ctx, m, s), container.Release(ctx, m, s.Record.Units().Service))
}

// complete turns the options' text into values.
func (o *attachOptions) complete() error {
	if err := container.CheckName(o.name); err != nil {
		return err
	}
	if err := o.keys.complete(); err != nil {
		return err
	}
	if o.replay == "" {
		return nil
	}
	count, bytes := strings.CutSuffix(o.replay, "b")
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 {
		return fmt.Errorf("replay %q: it is neither a number of lines nor, with b behind it, of bytes", o.replay)
	}
	if o.past.Lines = n; bytes {
		o.past.Lines, o.past.Bytes = 0, n
	}
	return nil
}

// attach stays with the container until it ends, or we leave it.
func (o *attachOptions) attach(ctx context.Context, m *unit.Conn, s *container.Started) error {
	if s.Record.Stdio == container.StdioJournal {
		return fmt.Errorf("container %s: its output goes straight to the journal (--stdio journal): unitmon logs -f %s", o.name, o.name)
	}
	if o.stdin && !s.Record.Resident() {
		fmt.Fprintf(os.Stderr, "unitmon: note: container %s has no stdin: it was started without --interactive\n", o.name)
	}
	if s.Record.Terminal {
		return o.stay(ctx, m, s)
	}
	ctx, stop := forward(ctx, m, s.Record, func(context.Context) error { return nil })
	return stop(o.stay(ctx, m, s))
}

// stay shows a container until it has ended, or ctx ends.
func (o *attachOptions) stay(ctx context.Context, m *unit.Conn, s *container.Started) error {
	se := &session{
		record: s.Record, input: s.Record.Resident() && !o.noStdin, sized: s.Record.Terminal && !o.noStdin, keys: o.keys.bytes,
	}
	code := 0
	exit := func(ctx context.Context) (err error) {
		code, err = container.WaitExit(ctx, m, s)
		return err
	}
	if err := se.join(ctx, m, s, o.past); err != nil {
		if container.Running(ctx, m, o.name, s.Record.Units().Service) == nil {
			return err
		}
		se = nil // it has just ended: there is nothing to join, but an exit
	}
	err := se.within(ctx, func(ctx context.Context, t *attach.Terminal) error {
		se.sendSize(ctx, t)
		return se.stay(ctx, t, exit)
	})
	if err != nil {
		return err
	}
	return exitAs(code)
}
