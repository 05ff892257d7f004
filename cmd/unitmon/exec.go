package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/attach"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/unit"
)

// execOptions are the options of "unitmon exec".
type execOptions struct {
	container.ExecConfig
	interactive bool
	json        bool // of what detach prints
}

const execLong = `Run a command in a running container, beside what runs there.

It has this command's stdout and stderr themselves, and with --interactive its stdin; environment, user,
directory and capabilities are those of the container's own process, where no option says otherwise.
While it runs, this command is in the scope unitmon-exec-NAME-SESSION.scope: to stop that, or the
container, ends the session; if this command is killed, the manager ends what it has started. What the
command leaves in the background when it ends by itself stays in the container.

Signals are forwarded. With --tty they end the session instead: what is typed is the session's, and
there are no detach keys. With --detach the session is the service unitmon-exec-NAME-SESSION.service, its
output goes to the journal (journalctl CONTAINER_EXEC_ID=SESSION), SESSION is printed, and what is left
in the background ends with the command.

The exit code is the command's: 128+n if it died by signal n, 125 if unitmon or the runtime failed, 126
if it could not be executed, 127 if it was not found.`

func newExec() *cobra.Command {
	o := new(execOptions)
	cmd := userFlag(&cobra.Command{
		Use: "exec [options] NAME [--] COMMAND [ARG...]", Short: "Run a command in a running container", Long: execLong,
		Args: names(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name, o.OCI.Args = args[0], command(args[1:])
			return o.run(cmd.Context())
		},
	}, &o.User)
	f := cmd.Flags()
	f.SetInterspersed(false) // what follows NAME is the command's
	f.BoolVarP(&o.interactive, "interactive", "i", false, "give it our stdin, else it has /dev/null")
	f.BoolVarP(&o.OCI.Terminal, "tty", "t", false, "give it a terminal")
	f.BoolVarP(&o.Detach, "detach", "d", false, "print the session's ID and return when it runs")
	jsonFlag(cmd, &o.json)
	f.StringArrayVarP(&o.OCI.Env, "env", "e", nil, "set `KEY=VALUE`, or take KEY from the environment")
	f.StringVarP(&o.OCI.Workdir, "workdir", "w", "", "working directory in the container")
	f.StringVarP(&o.OCI.User, "user", "u", "", "`USER[:GROUP]`, by name or number")
	return cmd
}

func (o *execOptions) run(ctx context.Context) error {
	if err := o.check(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	m, err := dial(ctx, o.User)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	s, err := container.PlanExec(ctx, m, o.ExecConfig)
	if err != nil {
		return hint(err, o.User)
	}
	if o.Detach {
		return o.detached(ctx, m, s, self)
	}
	return o.attached(ctx, m, s, self)
}

// check refuses options that do not go together.
func (o *execOptions) check() error {
	o.OCI.Environ, o.OCI.UID, o.OCI.GID = os.Environ(), os.Getuid(), os.Getgid()
	switch {
	case len(o.OCI.Args) == 0:
		return fmt.Errorf("container %s: no command given: unitmon exec [options] NAME -- COMMAND", o.Name)
	case o.Detach && o.OCI.Terminal:
		return errors.New("--detach and --tty: nobody would be at the terminal")
	case o.Detach && o.interactive:
		return errors.New("--detach and --interactive: nobody would type")
	case o.json && !o.Detach:
		return errors.New("--json: in the foreground the output is the command's, with --detach it is ours")
	case o.OCI.Terminal && !attach.IsTerminal(os.Stdin):
		return errors.New("the input device is not a terminal: --tty needs one")
	}
	return nil
}

// detached leaves the session to the manager.
func (o *execOptions) detached(ctx context.Context, m *unit.Conn, s *container.Session, self string) error {
	err := s.StartDetached(ctx, m, self)
	var start *container.StartError
	switch {
	case errors.As(err, &start):
		return codeError{start.Code, err}
	case err != nil:
		return hint(err, o.User)
	}
	if o.json {
		return ui.JSON(os.Stdout, execDetached{s.Record.Name, s.ID, container.SessionUnits(s.Record.Name, s.ID).Service})
	}
	return printed("container "+o.Name+": the session runs, its ID", s.ID)
}

// execDetached is what "unitmon exec --detach --json" writes.
type execDetached struct {
	Name    string `json:"name"`
	Session string `json:"session"`
	Unit    string `json:"unit"`
}

// attached stays with the session until its end, and ends as it did. Signals are
// caught from before the scope: the manager would not notice that the only process
// of a scope is dead before it is in it.
func (o *execOptions) attached(ctx context.Context, m *unit.Conn, s *container.Session, self string) error {
	stay := o.piped
	if o.OCI.Terminal {
		stay = o.terminal
	}
	forward := container.NewForwarder()
	defer forward.Stop()
	starts, release := forward.Until(ctx)
	err := s.Enter(starts, m, self)
	release()
	if err != nil {
		return hint(errors.Join(interrupted(forward, err), s.Discard()), o.User)
	}
	recorded := make(chan error, 1)
	go func() { recorded <- s.RecordBegin(ctx) }()
	var p *container.SessionProcess
	if err = forward.Interrupted(); err == nil {
		p, err = stay(ctx, s, forward)
	}
	return endSession(ctx, s, p, err, recorded)
}

// interrupted is err, or the death by a signal that it comes from.
func interrupted(forward *container.Forwarder, err error) error {
	var early *container.InterruptedError
	if errors.As(forward.Interrupted(), &early) {
		return diedError(early.Signal)
	}
	return err
}

// endSession cleans up after a session and makes its end this program's. err is
// why it was left, or could not be started. The journal has the begin and the end,
// or, if it cannot be told the begin, neither; that is said, and no more: the
// command runs and ends as it does.
func endSession(ctx context.Context, s *container.Session, p *container.SessionProcess, err error, begin <-chan error) error {
	if err != nil {
		err = execFailure(s, err)
	}
	exit := container.Exit{Result: "exit-code", Code: "exited", Status: strconv.Itoa(codeOf(err))}
	if p != nil {
		err = errors.Join(err, p.Close())
		exit = p.Exit()
	}
	recorded := <-begin
	if recorded == nil {
		recorded = s.RecordEnd(ctx, exit)
	}
	if recorded != nil {
		fmt.Fprintln(os.Stderr, "unitmon: note: the session is not in the journal:", oneLine(recorded))
	}
	if err = errors.Join(err, s.Discard()); err != nil {
		return err
	}
	return exitAs(p.Code())
}

// execFailure is an error in this program's words, with its exit code.
func execFailure(s *container.Session, err error) error {
	var early *container.InterruptedError
	if errors.As(err, &early) {
		return diedError(early.Signal)
	}
	if left(err) {
		return ending(err)
	}
	var rt *oci.Error
	if errors.As(err, &rt) && rt.Message != "" && !s.Process().Terminal {
		return codeError{rt.ExitCode(), nil} // the runtime has said it on our stderr
	}
	return inside(s.Record.Name, err)
}

// codeOf is the exit code that an error ends this program with.
func codeOf(err error) int {
	var code codeError
	var died diedError
	switch {
	case errors.As(err, &code):
		return code.code
	case errors.As(err, &died):
		return signalled + int(died)
	}
	return exitError
}

// piped runs a session that has our own streams.
func (o *execOptions) piped(ctx context.Context, s *container.Session, forward *container.Forwarder) (*container.SessionProcess, error) {
	stdio := [3]*os.File{nil, os.Stdout, os.Stderr}
	if o.interactive {
		stdio[0] = os.Stdin
	}
	starts, release := forward.Until(ctx)
	p, err := s.Start(starts, stdio)
	release()
	if err != nil {
		return nil, interrupted(forward, err)
	}
	forward.To(p)
	_, err = p.Wait(ctx)
	return p, err
}
