package kit

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"golang.org/x/sys/unix"
)

// Terminal is a terminal of the test's own: a pseudo-terminal whose other end
// is a screen and a keyboard. A program that runs on it has it as its
// controlling terminal and as all three of its standard streams.
type Terminal struct {
	master, slave *os.File
	closed        chan struct{} // closed when nothing more can come

	mu     sync.Mutex
	screen vt10x.Terminal  // guarded by mu
	text   strings.Builder // guarded by mu; all that was written to it
	more   chan struct{}   // guarded by mu; closed when more is written
}

// NewTerminal opens a terminal of a size.
func NewTerminal(t testing.TB, rows, cols int) *Terminal {
	t.Helper()
	master, slave, err := pty.Open()
	must(t, err)
	term := &Terminal{
		master: master, slave: slave,
		closed: make(chan struct{}), more: make(chan struct{}),
		screen: vt10x.New(vt10x.WithSize(cols, rows), vt10x.WithWriter(master)),
	}
	term.Resize(t, rows, cols)
	go term.show()
	t.Cleanup(func() {
		// The terminal hangs up when its last holder has gone: programs that
		// are still on it were killed by earlier clean-ups.
		_ = slave.Close()
		<-term.closed
		_ = master.Close()
	})
	return term
}

// show draws what is written to the terminal.
func (term *Terminal) show() {
	defer close(term.closed)
	buf := make([]byte, 4096)
	for {
		n, err := term.master.Read(buf)
		term.mu.Lock()
		_, _ = term.screen.Write(buf[:n]) // never fails
		term.text.Write(buf[:n])
		close(term.more)
		term.more = make(chan struct{})
		term.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Start runs a program on the terminal. It is killed at the end of the test.
func (term *Terminal) Start(t testing.TB, args ...string) *Job {
	t.Helper()
	j := &Job{ended: make(chan struct{})}
	j.cmd = exec.CommandContext(Context(t), args[0], args[1:]...)
	j.cmd.Stdin, j.cmd.Stdout, j.cmd.Stderr = term.slave, term.slave, term.slave
	j.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	must(t, j.cmd.Start())
	go func() {
		defer close(j.ended)
		_ = j.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = j.cmd.Process.Kill()
		<-j.ended
	})
	return j
}

// Type types keys.
func (term *Terminal) Type(t testing.TB, keys string) {
	t.Helper()
	_, err := term.master.WriteString(keys)
	must(t, err)
}

// Resize changes the terminal's size, of which the kernel tells the foreground
// process group (SIGWINCH).
func (term *Terminal) Resize(t testing.TB, rows, cols int) {
	t.Helper()
	term.mu.Lock()
	defer term.mu.Unlock()
	term.screen.Resize(cols, rows)
	must(t, pty.Setsize(term.master, &pty.Winsize{Rows: uint16(rows), Cols: uint16(cols)}))
}

// Attributes are the terminal's settings, tcgetattr(3).
func (term *Terminal) Attributes(t testing.TB) unix.Termios {
	t.Helper()
	a, err := unix.IoctlGetTermios(int(term.slave.Fd()), unix.TCGETS)
	must(t, err)
	return *a
}

// Screen is what the terminal shows: its rows without trailing blanks, and a
// last line that says where the cursor is.
func (term *Terminal) Screen() string {
	screen, _ := term.look()
	return screen
}

// look returns the screen and a channel that is closed when more is written.
func (term *Terminal) look() (string, <-chan struct{}) {
	term.mu.Lock()
	defer term.mu.Unlock()
	cols, rows := term.screen.Size()
	var b strings.Builder
	for y := range rows {
		line := make([]rune, cols)
		for x := range cols {
			line[x] = term.screen.Cell(x, y).Char
		}
		b.WriteString(strings.TrimRight(string(line), " \x00") + "\n")
	}
	c := term.screen.Cursor()
	fmt.Fprintf(&b, "cursor at row %d, column %d of %d, %d\n", c.Y+1, c.X+1, rows, cols)
	return b.String(), term.more
}

// Text is all that was ever written to the terminal.
func (term *Terminal) Text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.text.String()
}

// Await waits until the screen is as wanted; what says so in words.
func (term *Terminal) Await(t testing.TB, what string, ok func(screen string) bool) {
	t.Helper()
	for ctx := Context(t); ; {
		screen, more := term.look()
		if ok(screen) {
			return
		}
		select {
		case <-more:
		case <-ctx.Done():
			t.Fatalf("the terminal does not show %s:\n%s", what, screen)
		}
	}
}

// AwaitText waits until the screen has text somewhere.
func (term *Terminal) AwaitText(t testing.TB, text string) {
	t.Helper()
	term.Await(t, fmt.Sprintf("%q", text), func(screen string) bool { return strings.Contains(screen, text) })
}

// AwaitSame waits until two terminals show the same, cursor included, and it is
// as wanted.
func AwaitSame(t testing.TB, a, b *Terminal, what string, ok func(screen string) bool) {
	t.Helper()
	for ctx := Context(t); ; {
		sa, moreA := a.look()
		sb, moreB := b.look()
		if sa == sb && ok(sa) {
			return
		}
		select {
		case <-moreA:
		case <-moreB:
		case <-ctx.Done():
			t.Fatalf("the terminals do not both show %s:\n%s\n--- and the other:\n%s", what, sa, sb)
		}
	}
}

// Job is a program that runs on a terminal.
type Job struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// Wait waits for the program's end and returns its exit code; 128+n: it died by
// signal n.
func (j *Job) Wait(t testing.TB) int {
	t.Helper()
	select {
	case <-j.ended:
	case <-Context(t).Done():
		t.Fatalf("%s does not end", j.cmd.Args)
	}
	return exitCode(j.cmd.ProcessState)
}

// Signal sends a signal to the program.
func (j *Job) Signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	must(t, j.cmd.Process.Signal(sig))
}
