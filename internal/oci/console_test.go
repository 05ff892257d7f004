package oci

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"github.com/unitmon/unitmon/internal/sys"
)

// terminalError is the error of a CreateTerminal that must not succeed.
func terminalError(master *os.File, err error) error {
	if master != nil {
		return errors.Join(errors.New("a terminal was made"), master.Close())
	}
	return err
}

// consoleMode is the variable that makes this program a runtime which sends
// something over the console socket.
const consoleMode = "UNITMON_TEST_CONSOLE"

// fakeConsole is such a runtime.
func fakeConsole(mode string, args []string) int {
	if mode == "silent" {
		return 0
	}
	path := args[slices.Index(args, "--console-socket")+1]
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 9
	}
	if fi, err := os.Lstat(path); err != nil || fi.Mode() != os.ModeSocket|0o700 {
		fmt.Fprintln(os.Stderr, fi.Mode(), err)
		return 9
	}
	if mode == "end" {
		return 0
	}
	rights, err := fakeRights(mode)
	if err == nil {
		_, _, err = conn.WriteMsgUnix([]byte("/dev/pts/0"), rights, nil)
	}
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 9
	case mode == "fail":
		return 3
	}
	return 0
}

// fakeRights are the descriptors that are sent. The terminal is made as runc
// makes it, without ONLCR.
func fakeRights(mode string) ([]byte, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return nil, err
	}
	stty := exec.Command("stty", "-onlcr")
	stty.Stdin = slave
	if err := stty.Run(); err != nil {
		return nil, err
	}
	switch mode {
	case "terminal", "fail":
		return syscall.UnixRights(int(master.Fd())), nil
	case "file":
		return syscall.UnixRights(int(slave.Fd())), nil
	case "two":
		return syscall.UnixRights(int(master.Fd()), int(slave.Fd())), nil
	}
	return nil, nil
}

// TestCreateTerminal: what a runtime may send, and that no descriptor and no
// path is left of it.
func TestCreateTerminal(t *testing.T) {
	for mode, want := range map[string]string{
		"terminal": "",
		"silent":   "runc create: the runtime did not set up a terminal",
		"end":      "runc create: the runtime did not set up a terminal: it sent 0 descriptors",
		"words":    "runc create: the runtime did not set up a terminal: it sent 0 descriptors",
		"two":      "runc create: the runtime did not set up a terminal: it sent 2 descriptors",
		"file":     "runc create: the runtime did not set up a terminal: what it sent is not the master of one",
		"fail":     "runc create: exit status 3",
	} {
		t.Run(mode, func(t *testing.T) { createTerminal(t, mode, want) })
	}
}

func createTerminal(t *testing.T, mode, want string) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(consoleMode, mode)
	r := fake(t, "runc", "exec "+self+` "$@"`)
	bundle, socket := t.TempDir(), filepath.Join(t.TempDir(), "console")
	if err := os.WriteFile(socket, []byte("of one that was killed"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := openFiles(t)
	master, err := r.CreateTerminal(t.Context(), "c", bundle, "/p", socket, nil)
	if want == "" {
		if err != nil {
			t.Fatal(err)
		}
		checkONLCR(t, master)
		if err := master.Close(); err != nil {
			t.Error(err)
		}
	} else if got := fmt.Sprint(terminalError(master, err)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if noTerminal := want != "" && mode != "fail"; errors.Is(err, ErrNoTerminal) != noTerminal {
		t.Errorf("ErrNoTerminal is not told from others: %v", err)
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors are left", after-before)
	}
	for _, path := range []string{socket, bundle + "/create.log"} {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left (%v)", path, err)
		}
	}
	if got := argvOf(t, r); !strings.Contains(got, " create --bundle "+bundle+" --pid-file /p --console-socket "+socket+" c") {
		t.Errorf("arguments: %s", got)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// checkONLCR writes a line to the terminal's other end and reads it from the
// master.
func checkONLCR(t *testing.T, master *os.File) {
	t.Helper()
	if !sys.IsPTYMaster(master) {
		t.Fatal("it is no master")
	}
	var text [64]byte
	const openPeer = 0x5441 // TIOCGPTPEER, ioctl_tty(2)
	fd, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), openPeer, syscall.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC)
	if errno != 0 {
		t.Fatal(errno)
	}
	slave := os.NewFile(fd, "slave")
	if _, err := slave.WriteString("a\nb"); err != nil {
		t.Fatal(err)
	}
	n, err := master.Read(text[:])
	if err := errors.Join(err, slave.Close()); err != nil || !bytes.Equal(text[:n], []byte("a\r\nb")) {
		t.Errorf("%q, %v", text[:n], err)
	}
}
