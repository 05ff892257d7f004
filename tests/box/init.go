package box

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// initStage is the state of the init stage as its steps go on.
type initStage struct {
	spec
	link  *link
	trees []int       // Binds, as detached mounts
	files [3]*os.File // notify socket, console master and slave
	again bool        // the disk has been booted from before
}

// unlessRebooted is a step that a machine is set up with once: afterwards what is
// on the disk counts.
func (s *initStage) unlessRebooted(step func() error) func() error {
	return func() error {
		if s.again {
			return nil
		}
		return step()
	}
}

// becomeInit is the init stage, in new namespaces: it makes them a machine
// and executes systemd. It returns only when a step has failed and the keeper
// has been told.
func becomeInit() error {
	runtime.LockOSThread() // capabilities belong to a thread
	l, err := newLink(os.NewFile(3, "link"))
	if err != nil {
		return err
	}
	s := &initStage{link: l}
	if _, err := l.recv(&s.spec); err != nil {
		return err
	}
	return l.send(handover{Err: s.run().Error()})
}

// run does the steps in order; the error names the step.
func (s *initStage) run() error {
	steps := []struct {
		name string
		do   func() error
	}{
		{"set host name", func() error { return unix.Sethostname([]byte(s.Name)) }},
		{"make mounts private", func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }},
		{"open binds", s.openBinds},
		{"mount overlay of /", s.overlayRoot},
		{"mount /proc", mountProc},
		{"mount overlays of file systems below /", overlayBelow},
		{"mount /sys", mountSys},
		{"mount /dev", mountDev},
		{"mount /run, /tmp, /var/log", mountVolatile},
		{"attach binds", s.attachBinds},
		{"leave the old root", func() error { return unix.Unmount(oldRoot, unix.MNT_DETACH) }},
		{"check the root", checkRoot},
		{"prune units", s.unlessRebooted(pruneUnits)},
		{"write configuration", s.unlessRebooted(s.configure)},
		{"add user", s.unlessRebooted(s.addUser)},
		{"open console", s.openConsole},
		{"open notify socket", s.openNotify},
		{"drop capabilities", dropCapabilities},
		{"hand over", func() error { return s.link.send(handover{}, s.files[:]...) }},
		{"execute systemd", s.executeSystemd},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return errors.New("execute systemd: it returned")
}

// openNotify makes the socket that PID 1 reports READY=1 to.
func (s *initStage) openNotify() error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	s.files[0] = os.NewFile(uintptr(fd), "notify")
	return os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrUnix{Name: notifyPath}))
}

// dropCapabilities takes from the box what would reach the machine itself:
// loading kernel modules, setting the clock, raw I/O.
func dropCapabilities() error {
	for _, c := range []uintptr{unix.CAP_SYS_MODULE, unix.CAP_SYS_TIME, unix.CAP_SYS_RAWIO} {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			return os.NewSyscallError("prctl", err)
		}
	}
	return nil
}

func (s *initStage) executeSystemd() error {
	argv := []string{s.Systemd, "--log-target=journal", "--show-status=no", "--unit=" + targetUnit}
	env := []string{"PATH=" + defaultPath, "container=unitmon-box", "NOTIFY_SOCKET=" + notifyPath}
	return unix.Exec(s.Systemd, argv, env)
}
