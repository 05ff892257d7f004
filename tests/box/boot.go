package box

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// bootLimit ends a boot whose context has no deadline. A boot takes about a
// second; a manager that froze does not say so.
const bootLimit = 2 * time.Minute

// spec is what the keeper and init get to know.
type spec struct {
	Options
	Systemd string // path of the systemd to execute
	Base    string // control group directory to make the box's in; empty: the keeper mounts cgroup v2 itself
	Scope   string // the delegated scope unit that the keeper is in; may be empty
	Scratch string // directory that the keeper removes at the end; may be empty
}

// report is what the keeper says. Fields accumulate over reports.
type report struct {
	Cgroup  string // the box's control group directory
	PID     int    // PID 1 of the box, in the caller's numbering
	Ready   bool   // the manager has finished booting
	Err     string // why the box ended, or never began
	Console string // the last of what the manager wrote on its console
	Down    bool   // everything has been taken down
}

// Box is a booted systemd. It belongs to the process that booted it and ends
// with it, at the latest.
type Box struct {
	cmd   *exec.Cmd // the keeper
	scope string    // the unit it is in, if any
	link  *link
	ready chan struct{} // closed when Ready was reported
	down  chan struct{} // closed when the keeper is gone

	stderr bytes.Buffer // the keeper's; read after down

	closed   sync.Once
	closeErr error // written in closed

	// parent is the directory of the box's control group: where the keeper
	// alone has cgroup v2 mounted, its path dies with the keeper.
	parent *os.File

	mu   sync.Mutex
	last report // guarded by mu
}

var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,39}$`)

// Boot boots a box and returns when its manager has finished booting. The
// error says which step failed; nothing is left behind then. The box lives
// until Close or until this process ends; ctx is for booting only.
func Boot(ctx context.Context, o Options) (*Box, error) {
	s, err := prepare(o)
	if err != nil {
		return nil, fmt.Errorf("boot box: %w", err)
	}
	b, err := startKeeper(s)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("boot box: %w", err), removeScratch(s.Scratch))
	}
	ctx, cancel := context.WithTimeout(ctx, bootLimit)
	defer cancel()
	select {
	case <-b.ready:
		return b, nil
	case <-b.down:
		err = errors.New("ended before it was ready")
	case <-ctx.Done():
		err = fmt.Errorf("not ready: %w", context.Cause(ctx))
	}
	return nil, fmt.Errorf("boot box: %w", errors.Join(err, b.Close(), b.why()))
}

// prepare checks what can be checked before anything is started.
func prepare(o Options) (spec, error) {
	s := spec{Options: o}
	if s.Name == "" {
		s.Name = "box"
	}
	if !validName.MatchString(s.Name) {
		return s, fmt.Errorf("name %q: want letters, digits and '-', at most 40", s.Name)
	}
	if o.User != "" && !validName.MatchString(o.User) {
		return s, fmt.Errorf("user name %q: want letters, digits and '-', at most 40", o.User)
	}
	if euid := os.Geteuid(); euid != 0 {
		return s, fmt.Errorf("needs root, is uid %d", euid)
	}
	var err error
	if s.Systemd, err = findSystemd(); err != nil {
		return s, err
	}
	if _, err := os.Stat("/run/systemd/system"); err == nil { // sd_booted(3)
		s.Scope = fmt.Sprintf("%s%s-%d-%d.scope", cgroupPrefix, s.Name, os.Getpid(), time.Now().UnixNano())
	} else if s.Base, err = ownCgroup(); err != nil {
		return s, err
	}
	err = buildPrograms(&s)
	return s, err
}

// findSystemd returns the path of the systemd executable.
func findSystemd() (string, error) {
	for _, path := range []string{"/usr/lib/systemd/systemd", "/lib/systemd/systemd"} {
		if unix.Access(path, unix.X_OK) == nil {
			return path, nil
		}
	}
	return "", errors.New("systemd is not installed (hack/setup installs what is missing)")
}

// startKeeper starts the keeper and hands it s.
func startKeeper(s spec) (*Box, error) {
	l, peer, err := newPair()
	if err != nil {
		return nil, err
	}
	defer peer.Close()
	b := &Box{scope: s.Scope, link: l, ready: make(chan struct{}), down: make(chan struct{})}
	b.cmd = keeperCmd(s, peer, &b.stderr)
	if err := b.cmd.Start(); err != nil {
		l.Close()
		return nil, fmt.Errorf("start keeper: %w", err)
	}
	go b.listen()
	if err := l.send(s); err != nil {
		return nil, errors.Join(fmt.Errorf("keeper: %w", err), b.Close(), b.why())
	}
	return b, nil
}

// keeperCmd is the keeper's command. The link is its standard input, which
// systemd-run hands on whatever its version does with other descriptors.
func keeperCmd(s spec, peer *os.File, stderr *bytes.Buffer) *exec.Cmd {
	argv := []string{"/proc/self/exe"}
	if s.Scope != "" {
		argv = []string{
			"systemd-run", "--quiet", "--scope", "--collect", "--unit=" + s.Scope,
			"--property=Delegate=yes", "--description=Private systemd for tests", fmt.Sprintf("/proc/%d/exe", os.Getpid()),
		}
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = stageEnviron(stageKeeper)
	cmd.Stdin, cmd.Stderr = peer, stderr
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if s.Base == "" && s.Scope == "" {
		cmd.SysProcAttr.Unshareflags = unix.CLONE_NEWNS
	}
	return cmd
}

// listen takes the keeper's reports until it is gone.
func (b *Box) listen() {
	defer close(b.down)
	for {
		b.mu.Lock()
		next, was := b.last, b.last.Ready
		b.mu.Unlock()
		if _, err := b.link.recv(&next); err != nil {
			break
		}
		if b.parent == nil && next.Cgroup != "" {
			b.parent, _ = os.Open(filepath.Dir(next.Cgroup)) // takeDown says what is wrong
		}
		b.mu.Lock()
		b.last = next
		b.mu.Unlock()
		if next.Ready && !was {
			close(b.ready)
		}
	}
	_ = b.cmd.Wait() // how it went is in the last report, or in stderr
}

// state returns what is known of the box.
func (b *Box) state() report {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// why puts together what the box said about its end; call it after down.
func (b *Box) why() error {
	<-b.down
	r := b.state()
	var errs []error
	if r.Err != "" {
		errs = append(errs, errors.New(r.Err))
	}
	if s := bytes.TrimSpace(b.stderr.Bytes()); len(s) > 0 {
		errs = append(errs, fmt.Errorf("keeper says: %s", s))
	}
	if r.Console != "" {
		errs = append(errs, fmt.Errorf("console says: %s", r.Console))
	}
	return errors.Join(errs...)
}

// Close takes the box down and returns when no process, mount or control
// group of it is left. Calling it again does nothing more.
func (b *Box) Close() error {
	_ = b.link.release() // the keeper may be gone already
	<-b.down
	b.closed.Do(func() {
		b.closeErr = b.takeDown()
		b.link.Close()
		b.parent.Close()
	})
	return b.closeErr
}

// takeDown does what the keeper could not do: all of it but killing PID 1, if
// it was killed itself, and its scope.
func (b *Box) takeDown() error {
	if b.scope != "" {
		// The manager removes an empty scope by itself; this waits for it. It
		// fails where the scope is gone already.
		defer func() { _ = exec.Command("systemctl", "stop", "--quiet", b.scope).Run() }()
	}
	r := b.state()
	if r.Down || b.parent == nil {
		return nil
	}
	return takeDown(fmt.Sprintf("/proc/self/fd/%d/%s", b.parent.Fd(), filepath.Base(r.Cgroup)))
}
