package box

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// leftBehind is how long processes that the program has left behind may keep
// its output open. They end with the guest.
const leftBehind = time.Second

// runInGuest is the run stage: it runs the program and reports its end. What
// it returns is for PID 1's journal, which ends with the guest.
func runInGuest() error {
	report, err := openSerial(2)
	if err != nil {
		return err
	}
	r, err := runProgram()
	if err != nil {
		r.Err = err.Error()
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := report.Write(data); err != nil {
		return err
	}
	return drain(report)
}

// runProgram runs the enter stage, with its output on the first two serial
// lines, and returns when the output is through.
func runProgram() (umlReport, error) {
	stdout, err := openSerial(0)
	if err != nil {
		return umlReport{}, err
	}
	stderr, err := openSerial(1)
	if err != nil {
		return umlReport{}, err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{umlStageEnv + "=" + umlEnter, "PATH=" + defaultPath}
	cmd.Stdout, cmd.Stderr = onlyWriter{stdout}, onlyWriter{stderr}
	cmd.WaitDelay = leftBehind
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Run()
	if cmd.ProcessState == nil {
		return umlReport{}, err
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	err = ignoreExit(err)
	res := result(cmd.ProcessState, new(output), new(output))
	r := umlReport{Status: res.Status, Signal: int(res.Signal)}
	return r, errors.Join(err, drain(stdout), drain(stderr))
}

// onlyWriter hides that it is a file: the program gets a pipe then, and no
// terminal.
type onlyWriter struct{ f *os.File }

func (w onlyWriter) Write(p []byte) (int, error) { return w.f.Write(p) }

// enterGuest is the enter stage. It returns only when something has failed.
func enterGuest() error {
	runtime.LockOSThread() // as for a box
	s, err := readSpec()
	if err != nil {
		return err
	}
	return s.Entry.execute()
}

// openSerial opens a serial line and lets it take bytes as they are.
func openSerial(n int) (*os.File, error) {
	f, err := os.OpenFile(fmt.Sprint(umlSerial, n), os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return nil, errors.Join(&os.PathError{Op: "tcgetattr", Path: f.Name(), Err: err}, f.Close())
	}
	t.Oflag &^= unix.OPOST // or each \n becomes \r\n
	t.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t); err != nil {
		return nil, errors.Join(&os.PathError{Op: "tcsetattr", Path: f.Name(), Err: err}, f.Close())
	}
	return f, nil
}

// drain waits until a serial line has sent everything, see tcdrain(3), and
// closes it.
func drain(f *os.File) error {
	if err := unix.IoctlSetInt(int(f.Fd()), unix.TCSBRK, 1); err != nil {
		return errors.Join(&os.PathError{Op: "tcdrain", Path: f.Name(), Err: err}, f.Close())
	}
	return f.Close()
}
