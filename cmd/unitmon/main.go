// Unitmon makes a container a systemd unit.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

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
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
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
	root := &cobra.Command{
		Use:   "unitmon",
		Short: "Run containers as systemd units",
		Long: "unitmon makes a container a systemd unit: systemd is its monitor, the journal has its\n" +
			"output, and while it is silent no process of unitmon exists.",
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(slip)
	root.AddCommand(newRun(), newAttach(), newExec(), newExecSession(), newExecEnd(), newPS(), newStatus(), newInspect(), newWait(), newVersion(), newCompletion(), newStop(), newKill(), newLogs(), newRm(), newStart(), newCreate(), newVerify(), newLaunch(), newBegin(), newReap(), newManPages(), newEvents(), newRestart(), newPause(), newResume(), newFreeze(), newThaw(), newRuns(), newStats(), newTop(), newUpdate(), newCheckpoint(), newRestore())
	polish(root)
	return root
}
