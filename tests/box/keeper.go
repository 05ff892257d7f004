package box

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// keeper is the state of the keeper stage.
type keeper struct {
	spec
	link    *link
	group   *cgroup
	init    *exec.Cmd
	console tail
	report  report
}

// keep is the keeper stage: it makes a box, reports, waits until nobody wants
// the box any more or PID 1 is gone, and takes the box down.
func keep() error {
	// PR_SET_PDEATHSIG follows the thread that started PID 1, so this one has
	// to last as long as the process.
	runtime.LockOSThread()
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	l, err := newLink(os.NewFile(0, "link"))
	if err != nil {
		return err
	}
	k := &keeper{link: l}
	if _, err := l.recv(&k.spec); err != nil {
		return fmt.Errorf("read spec: %w", err)
	}
	events := make(chan event, 3)
	err = k.boot(events)
	for err == nil {
		switch e := <-events; {
		case e.ready:
			k.report.Ready = true
			k.say()
			continue
		case e.released:
			err = io.EOF
		default:
			err = e.err
		}
	}
	return k.end(err)
}

// event is what the keeper waits for.
type event struct {
	ready    bool  // the manager has finished booting
	released bool  // nobody wants the box any more
	err      error // PID 1 is gone
}

// boot makes the control group and PID 1.
func (k *keeper) boot(events chan<- event) error {
	go func() {
		_, _ = k.link.recv(new(struct{})) // nothing is ever sent: this is the end
		events <- event{released: true}
	}()
	base, err := k.base()
	if err != nil {
		return err
	}
	if err := enableControllers(base); err != nil {
		return fmt.Errorf("control group %s: %w", base, err)
	}
	if k.group, err = makeCgroup(base, k.Name); err != nil {
		return err
	}
	k.report.Cgroup = k.group.dir
	if k.Base == "" && k.Scope == "" { // visible in our mount namespace only
		k.report.Cgroup = fmt.Sprintf("/proc/%d/root%s", os.Getpid(), k.group.dir)
	}
	k.say()
	return k.startInit(events)
}

// base returns the control group directory to make the box's in.
func (k *keeper) base() (string, error) {
	switch {
	case k.Scope != "":
		return leaveScope()
	case k.Base != "":
		return k.Base, nil
	}
	if err := unix.Mount("cgroup2", "/mnt", "cgroup2", 0, "nsdelegate"); err != nil {
		return "", fmt.Errorf("mount cgroup2: %w", err)
	}
	path, err := cgroupOf("self")
	return filepath.Join("/mnt", path), err
}

// leaveScope moves the keeper into a leaf of the scope it is in, so that the
// scope can give controllers to its children, and returns the scope's
// directory; see CGROUP_DELEGATION in systemd's documentation.
func leaveScope() (string, error) {
	scope, err := ownCgroup()
	if err != nil {
		return "", err
	}
	if !strings.HasSuffix(scope, ".scope") {
		return "", fmt.Errorf("keeper is in %q, which is no scope", scope)
	}
	leaf := filepath.Join(scope, "keeper")
	if err := os.Mkdir(leaf, 0o755); err != nil {
		return "", err
	}
	return scope, writeFile(filepath.Join(leaf, "cgroup.procs"), "0")
}

// startInit starts the init stage and follows it until it executes systemd.
func (k *keeper) startInit(events chan<- event) error {
	l, peer, err := newPair()
	if err != nil {
		return err
	}
	defer l.Close()
	k.init = exec.Command("/proc/self/exe")
	k.init.Env = stageEnviron(stageInit)
	k.init.Dir = "/"
	k.init.ExtraFiles = []*os.File{peer}
	group, err := os.Open(k.group.dir)
	if err != nil {
		return errors.Join(err, peer.Close())
	}
	defer group.Close()
	k.init.SysProcAttr = &syscall.SysProcAttr{
		Setsid:      true,
		Pdeathsig:   syscall.SIGKILL,
		UseCgroupFD: true,
		CgroupFD:    int(group.Fd()),
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS |
			unix.CLONE_NEWIPC | unix.CLONE_NEWNET,
		// The control group is entered after the namespaces of clone(2) are
		// made; its own namespace must come later to have it as the root.
		Unshareflags: unix.CLONE_NEWCGROUP,
	}
	err = k.init.Start()
	peer.Close()
	if err != nil {
		k.init = nil
		return fmt.Errorf("start init in new namespaces: %w", err)
	}
	k.report.PID = k.init.Process.Pid
	k.say()
	return k.follow(l, events)
}

// handover is what init sends before it executes systemd, with the files
// notify, console (pty master) and its slave; or why it cannot.
type handover struct{ Err string }

// follow hands init its spec, takes its files and watches them.
func (k *keeper) follow(l *link, events chan<- event) error {
	if err := l.send(k.spec); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	var h handover
	files, err := l.recv(&h)
	switch {
	case err != nil:
		return fmt.Errorf("init ended early: %w", err)
	case h.Err != "":
		return errors.New(h.Err)
	case len(files) != 3:
		return fmt.Errorf("init sent %d files, not 3", len(files))
	}
	if _, err := l.recv(&h); err == nil { // closed by the execution
		return errors.New(h.Err)
	}
	go func() { _, _ = io.Copy(&k.console, files[1]); files[2].Close() }()
	go func() {
		if err := awaitReady(files[0]); err == nil {
			events <- event{ready: true}
		}
	}()
	go func() {
		_ = k.init.Wait()
		events <- event{err: fmt.Errorf("PID 1 ended: %s", k.init.ProcessState)}
	}()
	return nil
}

// awaitReady reads the messages of the manager until one is READY=1, which
// PID 1 sends when it has finished booting; see systemd(1), $NOTIFY_SOCKET.
// It then goes on reading, so that the manager never finds the queue full.
func awaitReady(f *os.File) error {
	defer f.Close()
	c, err := net.FilePacketConn(f)
	if err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for {
		n, _, err := c.ReadFrom(buf)
		if err != nil {
			return err
		}
		for line := range bytes.Lines(buf[:n]) {
			if string(bytes.TrimSuffix(line, []byte("\n"))) == "READY=1" {
				go func() { _, _ = io.Copy(io.Discard, packets{c}) }()
				return nil
			}
		}
	}
}

// packets makes a Reader of a packet socket.
type packets struct{ net.PacketConn }

func (p packets) Read(b []byte) (int, error) {
	n, _, err := p.ReadFrom(b)
	return n, err
}

// say sends the report. Whether anybody still listens, the event loop knows.
func (k *keeper) say() { _ = k.link.send(k.report) }

// end takes the box down and reports why and how.
func (k *keeper) end(cause error) error {
	var errs []error
	if k.group != nil {
		errs = append(errs, k.group.Close())
	}
	errs = append(errs, removeScratch(k.Scratch))
	err := errors.Join(errs...)
	k.report.Down = err == nil
	if cause != io.EOF {
		err = errors.Join(cause, err)
	}
	if err != nil {
		k.report.Err = err.Error()
	}
	k.report.Console = k.console.String()
	k.say()
	return nil
}

// tail keeps the last bytes written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte // guarded by mu
}

const maxTail = 8 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - maxTail; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.buf))
}
