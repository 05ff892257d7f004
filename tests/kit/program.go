package kit

import (
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Program is a program that runs beside the test.
type Program struct {
	Stdout, Stderr Output
	cmd            *exec.Cmd
	ended          chan struct{}
}

// Start starts a program, which ends with the test at the latest.
func Start(t testing.TB, args ...string) *Program {
	t.Helper()
	p := &Program{cmd: exec.CommandContext(Context(t), args[0], args[1:]...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.Stdout, &p.Stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// Signal sends a signal to the program.
func (p *Program) Signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatalf("%s: %v: %v", p.cmd.Args, sig, err)
	}
}

// Wait waits for the program's end. That it failed is for the caller to judge.
func (p *Program) Wait() Result {
	<-p.ended
	return Result{p.Stdout.String(), p.Stderr.String(), exitCode(p.cmd.ProcessState)}
}

// Await waits until text is in the program's standard output. That the program
// ends without it fails the test.
func (p *Program) Await(t testing.TB, text string) {
	t.Helper()
	for {
		out, more := p.Stdout.look()
		if strings.Contains(out, text) {
			return
		}
		select {
		case <-more:
		case <-p.ended:
			if r := p.Wait(); !strings.Contains(r.Stdout, text) {
				t.Fatalf("%s: it ended with %d and never wrote %q\nstdout: %s\nstderr: %s",
					p.cmd.Args, r.Code, text, r.Stdout, r.Stderr)
			}
		}
	}
}

// Output is what a program has written so far.
type Output struct {
	mu   sync.Mutex
	text strings.Builder // guarded by mu
	more chan struct{}   // guarded by mu; closed by the next Write
}

func (o *Output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.more != nil {
		close(o.more)
		o.more = nil
	}
	return o.text.Write(b)
}

func (o *Output) String() string {
	text, _ := o.look()
	return text
}

// look returns what was written, and a channel that is closed when more is.
func (o *Output) look() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.more == nil {
		o.more = make(chan struct{})
	}
	return o.text.String(), o.more
}
