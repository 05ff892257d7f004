package box

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// namespaces are those that a program enters from outside; it joins the
// cgroup namespace itself, once it is in a control group of it.
const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS |
	unix.CLONE_NEWIPC | unix.CLONE_NEWNET

// entry is what the enter stage gets to know.
type entry struct {
	Args []string
	User string
	Env  []string
	Dir  string
	Term string
}

// Run runs a program in the box as a login of its user would, in a scope unit
// of the manager that the user has, and waits for it. That the program fails
// is no error: see Result. When ctx ends, the program is killed and Run
// returns the context's error; processes it started live on in their unit.
func (b *Box) Run(ctx context.Context, c Cmd) (Result, error) {
	if len(c.Args) == 0 {
		return Result{}, errors.New("run in box: no program")
	}
	var res Result
	var err error
	onThread(func() { res, err = b.run(ctx, c) })
	if err != nil {
		err = fmt.Errorf("run %s in box: %w", c.Args[0], err)
	}
	return res, err
}

// onThread runs f on a thread that ends with it, so that f may change what
// cannot be changed back. That thread is not the main one, whose namespaces
// /proc/self shows as those of the process.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			onThread(f)
			runtime.UnlockOSThread()
			return
		}
		f()
	}()
	<-done
}

// run does the work of Run on a thread of its own.
func (b *Box) run(ctx context.Context, c Cmd) (Result, error) {
	l, peer, err := newPair()
	if err != nil {
		return Result{}, err
	}
	defer l.Close()
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = stageEnviron(stageEnter)
	cmd.Dir = "/"
	cmd.ExtraFiles = []*os.File{peer}
	var out, errOut output
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, c.Stdout, c.Stderr
	if c.Stdout == nil {
		cmd.Stdout = &out
	}
	if c.Stderr == nil {
		cmd.Stderr = &errOut
	}
	err = b.startInside(cmd)
	peer.Close()
	if err != nil {
		return Result{}, err
	}
	err = introduce(l, c)
	waitErr := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case err == nil && cmd.ProcessState == nil:
		err = waitErr
	}
	return result(cmd.ProcessState, &out, &errOut), err
}

// startInside starts cmd in the box's namespaces and control group. It leaves
// the thread in them.
func (b *Box) startInside(cmd *exec.Cmd) error {
	r := b.state()
	group, err := os.Open(filepath.Join(r.Cgroup, enterGroup))
	if err != nil {
		return err
	}
	defer group.Close()
	pid1, err := unix.PidfdOpen(r.PID, 0)
	if err != nil {
		return fmt.Errorf("PID 1 of the box: %w", os.NewSyscallError("pidfd_open", err))
	}
	defer unix.Close(pid1)
	if err := unix.Unshare(unix.CLONE_FS); err != nil { // or setns(2) refuses a thread
		return os.NewSyscallError("unshare", err)
	}
	if err := unix.Setns(pid1, namespaces); err != nil {
		return os.NewSyscallError("setns", err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, UseCgroupFD: true, CgroupFD: int(group.Fd())}
	return cmd.Start()
}

// introduce tells the enter stage what to run, and waits until it runs.
func introduce(l *link, c Cmd) error {
	term := os.Getenv("TERM")
	if term == "" {
		term = "dumb"
	}
	e := entry{Args: c.Args, User: c.User, Env: c.Env, Dir: c.Dir, Term: term}
	if err := l.send(e); err != nil {
		return err
	}
	var h handover
	if _, err := l.recv(&h); err != nil { // closed by the execution, or by a death before
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	return errors.New(h.Err)
}

// result reads how a program ended.
func result(s *os.ProcessState, out, errOut *output) Result {
	res := Result{Status: -1, Stdout: out.Bytes(), Stderr: errOut.Bytes()}
	if s == nil {
		return res
	}
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		res.Signal = ws.Signal()
	}
	res.Status = s.ExitCode()
	return res
}

// output is a buffer that takes no more than MaxOutput bytes.
type output struct{ bytes.Buffer }

func (o *output) Write(p []byte) (int, error) {
	if o.Len()+len(p) > MaxOutput {
		return 0, fmt.Errorf("more than %d bytes of output", MaxOutput)
	}
	return o.Buffer.Write(p)
}
