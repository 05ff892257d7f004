package attach

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// helper is a process, this test binary, whose terminal is a pty's.
type helper struct {
	t      *testing.T
	master *os.File
	slave  *os.File
	before *term.State
	cmd    *exec.Cmd
	out    *bufio.Reader
	errs   strings.Builder
}

// startHelper starts one that does what helpers[name] says. Its session has the
// pty as its terminal.
func startHelper(t *testing.T, name string) *helper {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	h := &helper{t: t, master: master, slave: slave}
	h.before = h.state()
	h.cmd = exec.Command("/proc/self/exe")
	h.cmd.Env = append(os.Environ(), helperVar+"="+name)
	h.cmd.Stdin, h.cmd.Stderr = slave, &h.errs
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	h.out = bufio.NewReader(out)
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
		_, _ = master.Close(), slave.Close()
	})
	return h
}

// expect reads a line of the helper's.
func (h *helper) expect(want string) {
	h.t.Helper()
	line, err := h.out.ReadString('\n')
	if line != want+"\n" {
		h.t.Fatalf("the helper said %q, %v, want %q\n%s", line, err, want, h.errs.String())
	}
}

// state is the terminal's mode.
func (h *helper) state() *term.State {
	h.t.Helper()
	s, err := term.GetState(int(h.slave.Fd()))
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// want checks whether the terminal is in raw mode.
func (h *helper) wantRaw(raw bool) {
	h.t.Helper()
	if same := reflect.DeepEqual(h.state(), h.before); same == raw {
		h.t.Errorf("the terminal is as it was: %t", same)
	}
}

func (h *helper) signal(sig syscall.Signal) {
	h.t.Helper()
	if err := h.cmd.Process.Signal(sig); err != nil {
		h.t.Fatal(err)
	}
}

// awaitStop waits until the helper is stopped.
func (h *helper) awaitStop() {
	h.t.Helper()
	for {
		err := unix.Waitid(unix.P_PID, h.cmd.Process.Pid, nil, unix.WSTOPPED|unix.WNOWAIT, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			h.t.Fatal(err)
		}
		return
	}
}

// wait waits for the helper's end; it returns what it said on stderr.
func (h *helper) wait() (code int, stderr string) {
	h.t.Helper()
	_, _ = io.Copy(io.Discard, h.out)
	_ = h.cmd.Wait()
	return h.cmd.ProcessState.ExitCode(), h.errs.String()
}

func TestTerminal_Return(t *testing.T) {
	h := startHelper(t, "return")
	h.expect("in")
	if code, errs := h.wait(); code != 3 {
		t.Errorf("code %d, %s", code, errs)
	}
	h.wantRaw(false)
}

// TestTerminal_Signal: a signal that ends the program gives the terminal back,
// also if what it should end does not.
func TestTerminal_Signal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT} {
		h := startHelper(t, "wait")
		h.expect("in")
		h.wantRaw(true)
		h.signal(sig)
		if code, errs := h.wait(); code != 100+int(sig) {
			t.Errorf("%v: code %d, %s", sig, code, errs)
		}
		h.wantRaw(false)
	}
	h := startHelper(t, "deaf")
	h.expect("in")
	h.signal(syscall.SIGTERM)
	h.expect("ended")
	h.wantRaw(false)
	h.signal(syscall.SIGTERM)
	if code, errs := h.wait(); code != -1 {
		t.Errorf("deaf: code %d, %s", code, errs)
	}
	h.wantRaw(false)
}

func TestTerminal_Panic(t *testing.T) {
	for _, name := range []string{"panic", "guarded"} {
		h := startHelper(t, name)
		h.expect("in")
		h.wantRaw(true)
		if _, err := h.master.WriteString("x"); err != nil {
			t.Fatal(err)
		}
		if code, errs := h.wait(); code != 2 || !strings.Contains(errs, "panic: lost") {
			t.Errorf("%s: code %d, %s", name, code, errs)
		}
		h.wantRaw(false)
	}
}

// TestTerminal_Stop: SIGTSTP gives the terminal back while the process is
// stopped; after a stop of any kind it is raw again, though a shell has set
// another mode meanwhile; and at the end it is what it was at first.
func TestTerminal_Stop(t *testing.T) {
	h := startHelper(t, "sizes")
	h.expect("0 0")
	for _, sig := range []syscall.Signal{syscall.SIGTSTP, syscall.SIGSTOP, syscall.SIGTSTP} {
		h.signal(sig)
		h.awaitStop()
		h.wantRaw(sig == syscall.SIGSTOP)
		if err := term.Restore(int(h.slave.Fd()), h.before); err != nil {
			t.Fatal(err)
		}
		h.signal(syscall.SIGCONT)
		h.expect("0 0")
		h.wantRaw(true)
	}
	h.signal(syscall.SIGTERM)
	if code, errs := h.wait(); code != 100+int(syscall.SIGTERM) {
		t.Errorf("code %d, %s", code, errs)
	}
	h.wantRaw(false)
}

func TestTerminal_Size(t *testing.T) {
	h := startHelper(t, "sizes")
	h.expect("0 0")
	for _, size := range []pty.Winsize{{Rows: 24, Cols: 80}, {Rows: 50, Cols: 132}} {
		if err := pty.Setsize(h.master, &size); err != nil {
			t.Fatal(err)
		}
		h.expect(fmt.Sprintf("%d %d", size.Rows, size.Cols))
	}
}

// TestTerminal_Background: another program has the terminal; to set its mode
// would stop the helper.
func TestTerminal_Background(t *testing.T) {
	h := startHelper(t, "background")
	h.expect("in")
	h.wantRaw(false)
	if code, errs := h.wait(); code != 3 {
		t.Errorf("code %d, %s", code, errs)
	}
}

// TestTerminal_Cooked: without Raw only the size is looked after.
func TestTerminal_Cooked(t *testing.T) {
	h := startHelper(t, "cooked")
	h.expect("in")
	h.wantRaw(false)
	if code, errs := h.wait(); code != 3 {
		t.Errorf("code %d, %s", code, errs)
	}
}

// TestTerminal_None: what is no terminal, and a nil *Terminal.
func TestTerminal_None(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	if IsTerminal(r) {
		t.Error("a pipe is a terminal")
	}
	err = WithTerminal(t.Context(), r, Mode{Raw: true}, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "terminal: ") {
		t.Error(err)
	}
	var none *Terminal
	if err := none.Restore(); err != nil || none.Resized() != nil {
		t.Error(err)
	}
	defer func() {
		if r := recover(); r != "lost" {
			t.Errorf("Guard passed on %v", r)
		}
	}()
	defer none.Guard()
	panic("lost")
}
