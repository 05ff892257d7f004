package oci

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// leftoverDelay is how long a runtime's output is read after the runtime has
// gone, when a hook that it left running still holds the pipe.
const leftoverDelay = time.Second

// call is one execution of a runtime.
type call struct {
	verb, id     string
	flags, after []string     // before and after the id
	log          string       // the file for the runtime's messages; empty: its stderr
	stdio        *[3]*os.File // what the runtime hands to the container, if it does
	extra        []*os.File   // what it hands over beside that, from descriptor 3 on
	started      func()       // is called when the runtime has been started; may be nil
	stdin        io.Reader    // without stdio: the runtime's input; nil is /dev/null
	stdout       io.Writer    // and where its stdout goes; nil is /dev/null
}

// argv are the arguments of a call, without the program; see [quirks].
func (r *Runtime) argv(c call) []string {
	var a []string
	if r.Root != "" {
		a = append(a, "--root", r.Root)
	}
	if r.Systemd {
		a = append(a, "--systemd-cgroup")
	}
	if r.Rootless {
		a = append(a, quirksOf(r.Name).rootless...)
	}
	a = append(a, r.Args...)
	if flags := quirksOf(r.Name).flags; flags != nil {
		a = append(a, flags(r)...)
	}
	if c.log != "" {
		a = append(a, "--log", c.log, "--log-format", "json")
	}
	a = append(a, c.verb)
	a = append(a, c.flags...)
	if c.id != "" {
		a = append(a, c.id)
	}
	return append(a, c.after...)
}

// run executes the runtime and waits for it. The error is an *Error, or that
// of an id that no container can have.
func (r *Runtime) run(ctx context.Context, c call) error {
	if err := checkID(c.id); err != nil {
		return err
	}
	return r.execute(ctx, c)
}

// execute is run, also for a verb that is about no container.
func (r *Runtime) execute(ctx context.Context, c call) error {
	if slices.Contains(quirksOf(r.Name).lacks, c.verb) {
		return &Error{Runtime: r.Name, Verb: c.verb, Status: -1, Err: errors.ErrUnsupported}
	}
	var stderr tail
	cmd := command(ctx, r.Path, r.argv(c)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.stdin, c.stdout, &stderr
	cmd.ExtraFiles = c.extra
	if c.stdio != nil {
		attach(cmd, c.stdio)
	}
	err := attend(cmd, c.started)
	if err == nil {
		return nil
	}
	output := stderr.buf
	if c.log != "" {
		output = tailOf(c.log)
	}
	if len(output) == 0 && slices.Contains(quirksOf(r.Name).optional, c.verb) {
		output = help(ctx, r.Path, c.verb)
	}
	return r.failure(c.verb, lastError(output), err)
}

// help is what the runtime says about a verb, or that it does not know it.
func help(ctx context.Context, path, verb string) []byte {
	var out tail
	cmd := command(ctx, path, verb, "--help")
	cmd.Stderr = &out
	_ = wait(cmd) // it may fail for any reason; only one text is known
	return out.buf
}

// attach gives the files themselves to the child. A nil *os.File must not
// become a non-nil interface.
func attach(cmd *exec.Cmd, stdio *[3]*os.File) {
	cmd.Stdout, cmd.Stderr = nil, nil
	if stdio[0] != nil {
		cmd.Stdin = stdio[0]
	}
	if stdio[1] != nil {
		cmd.Stdout = stdio[1]
	}
	if stdio[2] != nil {
		cmd.Stderr = stdio[2]
	}
}

// command is exec.CommandContext with the environment of a runtime, and
// without waiting for those who inherited its output.
func command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = Environ(os.Environ())
	cmd.WaitDelay = leftoverDelay
	return cmd
}

// wait runs the command; one that succeeded is a success whoever still holds
// its output.
func wait(cmd *exec.Cmd) error { return attend(cmd, nil) }

// attend is wait, and calls started, if it is not nil, when the program runs.
func attend(cmd *exec.Cmd, started func()) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	if started != nil {
		started()
	}
	err := cmd.Wait()
	if errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success() {
		return nil
	}
	return err
}

// failure makes the error of a call. err is that of os/exec.
func (r *Runtime) failure(verb, message string, err error) error {
	e := &Error{Runtime: r.Name, Verb: verb, Status: -1, Message: r.trim(verb, message), Err: err}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		e.Status = exit.ExitCode()
	}
	if known := sentinelOf(e.Message); known != nil {
		e.Err = known
	}
	return e
}

// trim takes away what Error says itself: "runc create failed: ".
func (r *Runtime) trim(verb, message string) string {
	for _, name := range slices.Compact([]string{r.Name, quirksOf(r.Name).name}) {
		if rest, ok := strings.CutPrefix(message, name+" "+verb+" failed: "); ok {
			return rest
		}
	}
	return message
}
