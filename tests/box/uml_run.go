package box

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// GuestOptions say how a guest differs from the plain one; the zero value is
// good.
//
// A guest is the second kind of machine of this package: Debian's User Mode
// Linux kernel, which is a program, with systemd as its PID 1. Its kernel is its
// own, so it has what a box lacks wherever the machine lacks it: the controllers
// cpu, io, memory and pids, and with them limits and OOM kills. For that it
// boots in three or four seconds instead of one, forks and executes programs
// many times slower than the machine, and has one CPU, no network but lo, no
// cpuset controller and no PSI.
//
// What runs in a guest sees the machine's files at their paths, but /run, /tmp,
// /var/tmp, /var/log and /var/lib/containers, which are empty at first. What it
// writes is kept in the guest's memory: the machine's files stay as they are,
// and nothing of a guest is on the machine's disks.
type GuestOptions struct {
	// Name is the guest's host name: letters, digits and '-', at most 40
	// bytes. Default "guest".
	Name string

	// Memory is how much memory the guest has, in MiB; some of it is its
	// kernel's. The machine gives it as it is used. Default 1024, least 256.
	Memory int64

	// Programs are packages of this module, as those of [Options].
	Programs []string
}

const (
	defaultGuestMemory = 1024
	leastGuestMemory   = 256
)

// RunGuest boots a guest, runs a program in it as a login of its root would,
// in a scope unit, and returns when the guest has ended, which it does with the
// program. The user of c is root and its standard input empty: anything else
// is an error. That the program fails is no error: see [Result]. When ctx ends,
// the guest does, and RunGuest returns the context's error.
//
// A guest needs root with CAP_SYS_ADMIN, and Debian's packages systemd and
// user-mode-linux; the machine's control groups do not matter. The calling
// program runs in the guest too, as its stages, so it must not be built with the
// race detector, which finds no room there.
func RunGuest(ctx context.Context, o GuestOptions, c Cmd) (Result, error) {
	s, err := prepareGuest(o, c)
	if err != nil {
		return Result{}, fmt.Errorf("guest: %w", err)
	}
	return s.run(ctx, c.Stdout, c.Stderr)
}

// prepareGuest checks what can be checked before anything is started. The
// guest's stages are this executable.
func prepareGuest(o GuestOptions, c Cmd) (umlSpec, error) {
	s := umlSpec{
		Name: o.Name, Memory: o.Memory, Programs: o.Programs, Environ: os.Environ(),
		Entry: entry{Args: c.Args, Env: c.Env, Dir: c.Dir, Term: "dumb"},
	}
	if s.Name == "" {
		s.Name = "guest"
	}
	if s.Memory == 0 {
		s.Memory = defaultGuestMemory
	}
	switch {
	case !validName.MatchString(s.Name):
		return s, fmt.Errorf("name %q: want letters, digits and '-', at most 40", s.Name)
	case s.Memory < leastGuestMemory:
		return s, fmt.Errorf("memory %d MiB: want at least %d", s.Memory, leastGuestMemory)
	case len(c.Args) == 0:
		return s, errors.New("no program")
	case c.User != "" && c.User != "root":
		return s, fmt.Errorf("user %q: want root", c.User)
	case c.Stdin != nil:
		return s, errors.New("standard input is not taken")
	case os.Geteuid() != 0:
		return s, fmt.Errorf("needs root, is uid %d", os.Geteuid())
	case unix.Access(umlProgram, unix.X_OK) != nil:
		return s, errors.New("user-mode-linux is not installed (hack/setup installs what is missing)")
	}
	var err error
	if len(s.Programs) > 0 {
		if s.Root, err = moduleRoot(); err != nil {
			return s, err
		}
	}
	s.Stage, err = os.Executable()
	return s, err
}

// run does the work of RunGuest.
func (s umlSpec) run(ctx context.Context, stdout, stderr io.Writer) (Result, error) {
	// PR_SET_PDEATHSIG follows the thread that started the kernel, so this one
	// has to last as long as that.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var out, errOut, said output
	if stdout == nil {
		stdout = &out
	}
	if stderr == nil {
		stderr = &errOut
	}
	console := new(tail)
	cmd := s.command(ctx, console)
	err := s.play(cmd, stdout, stderr, &said)
	res := Result{Status: -1, Stdout: out.Bytes(), Stderr: errOut.Bytes()}
	var r umlReport
	switch e := json.Unmarshal(said.Bytes(), &r); {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case e != nil: // there is nothing, or half of it
		err = errors.Join(fmt.Errorf("it ended early: %s", cmd.ProcessState), err)
	case r.Err != "":
		err = errors.Join(errors.New(r.Err), err)
	case err == nil:
		res.Status, res.Signal = r.Status, syscall.Signal(r.Signal)
		return res, nil
	}
	return res, fmt.Errorf("guest: %w; console says: %s", err, console)
}

// play runs the kernel stage to its end, with the serial lines going to the
// writers.
func (s umlSpec) play(cmd *exec.Cmd, to ...io.Writer) error {
	spec, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	lines, err := newLines(cmd, to...)
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(err, lines.Wait())
	}
	sent := json.NewEncoder(spec).Encode(s)
	return errors.Join(sent, spec.Close(), lines.Wait(), ignoreExit(cmd.Wait()))
}

// ignoreExit leaves out that a process ended with a failure.
func ignoreExit(err error) error {
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		return nil
	}
	return err
}

// command is the command of the kernel stage.
func (s umlSpec) command(ctx context.Context, console io.Writer) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = []string{umlStageEnv + "=" + umlKernel, "PATH=" + defaultPath, "GORACE=atexit_sleep_ms=0"}
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = console, console
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid:     true, // a signal from the terminal does not reach it
		Pdeathsig:  syscall.SIGKILL,
		Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC,
	}
	return cmd
}

// lines are the machine's ends of the guest's serial lines.
type lines struct {
	ours, theirs []*os.File
	copied       sync.WaitGroup
	mu           sync.Mutex
	err          error // guarded by mu
}

// newLines gives cmd a descriptor for each line, from 3 on, and copies what
// comes out to the writers. A writer that fails loses the rest of its line
// only: the guest does not wait for it.
func newLines(cmd *exec.Cmd, to ...io.Writer) (*lines, error) {
	l := new(lines)
	for range to {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		l.ours, l.theirs = append(l.ours, r), append(l.theirs, w)
	}
	cmd.ExtraFiles = l.theirs
	for i, w := range to {
		l.copied.Go(func() {
			if _, err := io.Copy(w, l.ours[i]); err != nil && !errors.Is(err, os.ErrClosed) {
				l.mu.Lock()
				l.err = errors.Join(l.err, fmt.Errorf("serial line %d: %w", i, err))
				l.mu.Unlock()
				_, _ = io.Copy(io.Discard, l.ours[i])
			}
		})
	}
	return l, nil
}

// Wait waits until the guest has closed its ends.
func (l *lines) Wait() error {
	for _, f := range l.theirs {
		_ = f.Close()
	}
	l.copied.Wait()
	return errors.Join(l.err, l.Close())
}

func (l *lines) Close() error {
	for _, f := range append(l.ours, l.theirs...) {
		_ = f.Close() // a pipe; it may be closed already
	}
	return nil
}
