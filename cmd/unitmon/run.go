package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

// runOptions are the options of "unitmon run" that Config has in another form.
type runOptions struct {
	container.Config
	detach  bool
	json    bool // of what detach prints
	labels  []string
	stdio   string
	notify  string
	timeout string
	idle    string
	log     logOptions
	keys    detachKeys
}

const runLong = `Run a container as the unit unitmon-NAME.service.

With --bundle the container is an OCI bundle; with --rootfs it has DIR as its root; with neither it has
the host's own root, read-only, with private /tmp, /run, /dev and /proc.

Its output goes to the journal, or where --log says; an option --log for each place. With
--interactive its stdin stays open, also when nobody is there; "unitmon attach" types into it.

In the foreground the container's output is shown, signals are forwarded, and the exit code is the
container's: 128+n if it died by signal n, 125 if unitmon failed, 126 if the command could not be
executed, 127 if it was not found. While the container has no process, as between two runs
(RestartSec=), SIGINT, SIGTERM, SIGQUIT and SIGHUP stop the unit, and this command dies by them.`

func newRun() *cobra.Command {
	o := new(runOptions)
	cmd := &cobra.Command{
		Use: "run [options] NAME [-- COMMAND ARG...]", Short: "Run a container as a unit", Long: runLong,
		Args: names(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name, o.OCI.Args = args[0], command(args[1:])
			return o.run(cmd.Context())
		},
	}
	o.flags(cmd)
	return cmd
}

// command is what follows NAME, without the "--" that may set it off.
func command(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	return args
}

func (o *runOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SetInterspersed(false) // what follows NAME is the container's
	f.StringVar(&o.OCI.Bundle, "bundle", "", "run the OCI bundle in `DIR`")
	f.StringVar(&o.OCI.RootFS, "rootfs", "", "run with `DIR` as the root")
	f.BoolVarP(&o.detach, "detach", "d", false, "print the container's ID and return when it runs")
	jsonFlag(cmd, &o.json)
	f.StringArrayVarP(&o.OCI.Env, "env", "e", nil, "set `KEY=VALUE`, or take KEY from the environment")
	f.StringVarP(&o.OCI.Workdir, "workdir", "w", "", "working directory in the container")
	f.StringVarP(&o.OCI.User, "user", "u", "", "`USER[:GROUP]`, by name or number")
	f.StringArrayVarP(&o.OCI.Volumes, "volume", "v", nil, "bind `SRC:DST[:ro]`")
	f.StringVar(&o.OCI.Hostname, "hostname", "", "host name (default NAME)")
	f.StringVar(&o.OCI.Network, "network", "", "`host` or none (default host)")
	f.StringVar(&o.Runtime, "runtime", "", "OCI runtime, a name or path (default: the first of crun, runc that works)")
	f.StringArrayVar(&o.RuntimeArgs, "runtime-arg", nil, "global argument for the runtime")
	f.StringArrayVarP(&o.Properties, "property", "p", nil, "set a property `KEY=VALUE` of the unit, as systemd-run(1) does")
	f.StringVar(&o.Slice, "slice", "", "slice of the unit (default unitmon.slice)")
	f.StringVar(&o.Restart, "restart", "", "Restart= of the unit, systemd.service(5)")
	f.StringArrayVar(&o.labels, "label", nil, "`KEY=VALUE`, an annotation and a journal field")
	f.StringVar(&o.Tag, "tag", "", "CONTAINER_TAG= and SYSLOG_IDENTIFIER= in the journal")
	f.StringVar(&o.StopSignal, "stop-signal", "", "signal that asks the container to stop (default SIGTERM)")
	f.StringVar(&o.timeout, "stop-timeout", "10s", "time from the stop signal to SIGKILL")
	f.StringVar(&o.notify, "sdnotify", string(container.NotifyUnit), "who says READY=1: `container` or unit")
	f.BoolVarP(&o.Stdin, "interactive", "i", false, "keep the container's stdin open")
	f.BoolVarP(&o.OCI.Terminal, "tty", "t", false, "give the container a terminal")
	f.BoolVar(&o.LeaveStdinOpen, "leave-stdin-open", false, "let no client's end of input close the container's stdin")
	o.keys.flag(cmd)
	o.log.flags(cmd, &o.Config)
	f.StringVar(&o.stdio, "stdio", string(container.StdioFIFO), "`fifo`, or journal: straight to the journal, without a relay")
	f.BoolVar(&o.Keep, "keep", false, "keep the units after the exit")
	f.StringVar(&o.idle, "relay-idle", "30s", "silence after which the relay leaves, or never")
	f.BoolVar(&o.User, "user-manager", false, "use the caller's own service manager")
}

// run starts the container and, in the foreground, stays with it.
func (o *runOptions) run(ctx context.Context) error {
	if err := o.complete(); err != nil {
		return err
	}
	if o.json && !o.detach {
		return errors.New("--json: in the foreground the output is the container's, with --detach it is ours")
	}
	if o.OCI.Terminal && !o.detach && !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.New("the input device is not a terminal: --tty needs one, or --detach")
	}
	programs, err := container.FindPrograms()
	if err != nil {
		return err
	}
	m, err := dial(ctx, o.User)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	plan, err := container.NewPlan(ctx, m, o.Config)
	if err != nil {
		return err
	}
	for _, note := range plan.Notes() {
		fmt.Fprintln(os.Stderr, "unitmon: note:", note)
	}
	s, err := plan.Start(ctx, m, programs)
	if err != nil {
		return hint(err, o.User)
	}
	defer func() { _ = s.Open() }()
	stay := o.foreground
	if o.detach {
		stay = o.detached
	}
	return errors.Join(stay(ctx, m, s), container.Release(ctx, m, s.Record.Units().Service))
}

// complete turns the options' text into values.
func (o *runOptions) complete() error {
	o.Stdio, o.SDNotify = container.Stdio(o.stdio), container.SDNotify(o.notify)
	o.Gated = !o.detach && o.Stdio == container.StdioFIFO
	o.OCI.Environ, o.OCI.UID, o.OCI.GID = os.Environ(), os.Getuid(), os.Getgid()
	if o.OCI.Bundle == "" && len(o.OCI.Args) == 0 {
		return fmt.Errorf("container %q: no command given: unitmon run [options] NAME -- COMMAND", o.Name)
	}
	o.OCI.Labels = map[string]string{}
	for _, l := range o.labels {
		k, v, ok := strings.Cut(l, "=")
		if !ok {
			return fmt.Errorf("label %q: it is not KEY=VALUE", l)
		}
		o.OCI.Labels[k] = v
	}
	if err := errors.Join(o.keys.complete(), o.log.complete(&o.Config)); err != nil {
		return err
	}
	var err error
	if o.StopTimeout, err = span(o.timeout); err != nil {
		return fmt.Errorf("stop timeout %q: %w", o.timeout, err)
	}
	if o.idle == "never" {
		o.RelayIdle = -time.Millisecond
		return nil
	}
	if o.RelayIdle, err = span(o.idle); err != nil {
		return fmt.Errorf("relay idle time %q: %w", o.idle, err)
	}
	return nil
}

// span reads a time span: seconds, or systemd.time(7)'s form.
func span(s string) (time.Duration, error) {
	d, err := unit.ParseTimeSpan(s)
	if err == nil && d < 0 {
		err = errors.New("it is negative")
	}
	return d, err
}

// detached waits until the container runs.
func (o *runOptions) detached(ctx context.Context, m *unit.Conn, s *container.Started) error {
	verb := "run"
	if o.Restore != "" {
		verb = "restore"
	}
	done := ui.Progress(ctx, os.Stderr, verb+" "+o.Name+" …")
	_, err := s.Job.Wait(ctx)
	done()
	if err != nil {
		if err := container.StartFailure(ctx, m, s, err); err != nil {
			return o.failed(ctx, m, err)
		}
		if o.SDNotify == container.NotifyContainer {
			return o.unready(ctx, m)
		}
	}
	if o.json {
		return ui.JSON(os.Stdout, ranDetached{s.Record.Name, s.Record.ID, s.Record.Units().Service})
	}
	return printed("container "+o.Name+" runs, its ID", s.Record.ID)
}

// printed prints a line about what has been done already. An error is said, and
// undoes nothing.
func printed(what, line string) error {
	if _, err := fmt.Println(line); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// ranDetached is what "unitmon run --detach --json" writes.
type ranDetached struct {
	Name string `json:"name"`
	ID   string `json:"id"`
	Unit string `json:"unit"`
}

// unready is the end of a detached start whose container ran and ended without
// saying READY=1.
func (o *runOptions) unready(ctx context.Context, m *unit.Conn) error {
	err := fmt.Errorf("container %s: it ended before READY=1 (journalctl -u %s)", o.Name, container.UnitName(o.Name))
	if o.Keep {
		return err
	}
	return o.failed(ctx, m, err)
}

// failed removes what a failed start left and makes its error ours.
func (o *runOptions) failed(ctx context.Context, m *unit.Conn, err error) error {
	code := exitError
	var start *container.StartError
	if errors.As(err, &start) {
		code = start.Code
	}
	return codeError{code, errors.Join(err, container.Remove(ctx, m, o.Name))}
}

// dial connects to the manager and says what to do when there is none.
func dial(ctx context.Context, user bool) (*unit.Conn, error) {
	kind := unit.System
	if user {
		kind = unit.User
	}
	m, err := unit.Dial(ctx, kind)
	return m, hint(err, user)
}

// hint tells an ordinary user whom the system manager refuses what to do.
func hint(err error, user bool) error {
	if errors.Is(err, fs.ErrPermission) && !user && os.Geteuid() != 0 {
		return fmt.Errorf("%w (as an ordinary user: --user-manager)", err)
	}
	return err
}
