// Unitmon makes a container a systemd unit.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/sys"
)

// Exit codes of unitmon itself, as of chroot(1), env(1) and podman-run(1).
const (
	exitError = 125 // unitmon failed
	signalled = 128 // + the signal's number
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:]))
}

// run runs one command line and returns its exit code.
func run(ctx context.Context, args []string) int {
	root := rootFor(args)
	root.SetArgs(args)
	err := near(root, root.ExecuteContext(ctx))
	var code codeError
	var died diedError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &died):
		sys.DieBy(int(died))
		return signalled + int(died)
	case errors.As(err, &code):
		if code.err != nil {
			fmt.Fprintln(os.Stderr, "unitmon:", oneLine(code.err))
		}
		return code.code
	}
	fmt.Fprintln(os.Stderr, "unitmon:", oneLine(err))
	return exitError
}

// codeError ends the program with a code of its own; err may be nil.
type codeError struct {
	code int
	err  error
}

func (e codeError) Error() string { return fmt.Sprintf("exit code %d: %v", e.code, e.err) }
func (e codeError) Unwrap() error { return e.err }

// diedError ends the program by a signal.
type diedError int

func (e diedError) Error() string { return fmt.Sprintf("died by signal %d", int(e)) }

// oneLine is an error on one line: joined errors stand side by side.
func oneLine(err error) string {
	line := make([]rune, 0, 128)
	for _, r := range err.Error() {
		switch {
		case r == '\n':
			line = append(line, ';', ' ')
		case r < ' ' || r == 0x7f:
			line = append(line, []rune(fmt.Sprintf("\\x%02x", r))...)
		default:
			line = append(line, r)
		}
	}
	return string(line)
}

// newRoot is the whole command tree.
func newRoot() *cobra.Command {
	root := bareRoot()
	root.AddCommand(
		newRun(), newCreate(), newStart(), newStop(), newKill(), newRestart(), newPause(), newResume(), newRm(), newWait(),
		newCheckpoint(), newRestore(), newUpdate(),
		newPS(), newStatus(), newInspect(), newLogs(), newTop(), newStats(), newEvents(),
		newAttach(), newExec(),
		newVerify(), newVersion(), newCompletion(), newManPages(),
	)
	root.AddCommand(insideCommands()...)
	polish(root)
	return root
}

// insideCommands are those that the manager runs, as processes of units.
func insideCommands() []*cobra.Command {
	return []*cobra.Command{
		newLaunch(), newBegin(), newReap(), newExecSession(), newExecEnd(), newFreeze(), newThaw(), newRuns(),
	}
}

// rootFor is the part of the command tree that a command line needs. Of what the
// manager runs several are started for each container, for whom to make the rest
// would be a tenth of their time.
func rootFor(args []string) *cobra.Command {
	inside := insideCommands()
	if len(args) == 0 || !slices.ContainsFunc(inside, func(cmd *cobra.Command) bool { return cmd.Name() == args[0] }) {
		return newRoot()
	}
	root := bareRoot()
	root.AddCommand(inside...)
	return root
}

// bareRoot has no commands yet.
func bareRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "unitmon",
		Short: "Run containers as systemd units",
		Long: "unitmon makes a container a systemd unit: systemd is its monitor, the journal has its\n" +
			"output, and while it is silent no process of unitmon exists.",
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		// Cobra's take several lines; near writes them into one.
		DisableSuggestions: true, SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(slip)
	return root
}
