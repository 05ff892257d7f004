package box

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	systemd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// defaultPath is the PATH of programs in a box.
const defaultPath = ProgramDir + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// jobLimit bounds the wait for a job of a manager.
const jobLimit = time.Minute

// enter is the enter stage, in the box's namespaces but for the cgroup one.
// It returns only when something has failed and Run has been told.
func enter() error {
	runtime.LockOSThread() // namespaces and capabilities belong to a thread
	l, err := newLink(os.NewFile(3, "link"))
	if err != nil {
		return err
	}
	var e entry
	if _, err := l.recv(&e); err != nil {
		return err
	}
	return l.send(handover{Err: e.execute().Error()})
}

// execute makes this process a login of the user and executes the program.
func (e *entry) execute() error {
	if err := joinCgroupNamespace(); err != nil {
		return err
	}
	if err := dropCapabilities(); err != nil {
		return err
	}
	if e.User == "" {
		e.User = "root"
	}
	u, err := user.Lookup(e.User)
	if err != nil {
		return err
	}
	if err := becomeUser(u); err != nil {
		return fmt.Errorf("become %s: %w", e.User, err)
	}
	if err := enterScope(u); err != nil {
		return err
	}
	return e.program(u)
}

// joinCgroupNamespace joins that of PID 1.
func joinCgroupNamespace() error {
	fd, err := unix.Open("/proc/1/ns/cgroup", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return os.NewSyscallError("setns", unix.Setns(fd, unix.CLONE_NEWCGROUP))
}

// becomeUser takes the identity of u, once its manager is running.
func becomeUser(u *user.User) error {
	uid, gid, err := numbers(u)
	if err != nil || uid == 0 {
		return err
	}
	if err := startManager(uid); err != nil {
		return err
	}
	names, err := u.GroupIds()
	if err != nil {
		return err
	}
	groups := make([]int, len(names))
	for i, name := range names {
		if groups[i], err = strconv.Atoi(name); err != nil {
			return err
		}
	}
	// Of the syscall package, because these change every thread.
	if err := syscall.Setgroups(groups); err != nil {
		return os.NewSyscallError("setgroups", err)
	}
	if err := syscall.Setgid(gid); err != nil {
		return os.NewSyscallError("setgid", err)
	}
	return os.NewSyscallError("setuid", syscall.Setuid(uid))
}

func numbers(u *user.User) (uid, gid int, err error) {
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	return uid, gid, errors.Join(err1, err2)
}

// startManager starts the manager of a user, and waits until it is ready.
func startManager(uid int) error {
	return job("/run/systemd/private", func(ctx context.Context, c *systemd.Conn, done chan<- string) (string, error) {
		unit := fmt.Sprintf("user@%d.service", uid)
		_, err := c.StartUnitContext(ctx, unit, "replace", done)
		return unit, err
	})
}

// enterScope makes this process a scope unit of its user's manager.
func enterScope(u *user.User) error {
	socket := "/run/systemd/private"
	if u.Uid != "0" {
		socket = filepath.Join(runtimeDir(u), "systemd/private")
	}
	return job(socket, func(ctx context.Context, c *systemd.Conn, done chan<- string) (string, error) {
		unit := fmt.Sprintf("box-run-%d-%d.scope", os.Getpid(), time.Now().UnixNano())
		_, err := c.StartTransientUnitContext(ctx, unit, "fail", []systemd.Property{
			systemd.PropDescription("Program run in the box"),
			systemd.PropPids(uint32(os.Getpid())),
			{Name: "CollectMode", Value: dbus.MakeVariant("inactive-or-failed")},
		}, done)
		return unit, err
	})
}

// job connects to a manager's private socket, lets enqueue start a job there,
// and waits until the job is done.
func job(socket string, enqueue func(context.Context, *systemd.Conn, chan<- string) (string, error)) error {
	ctx, cancel := context.WithTimeout(context.Background(), jobLimit)
	defer cancel()
	c, err := systemd.NewConnection(func() (*dbus.Conn, error) { return dialPrivate(ctx, socket) })
	if err != nil {
		return fmt.Errorf("manager at %s: %w", socket, err)
	}
	defer c.Close()
	done := make(chan string, 1)
	unit, err := enqueue(ctx, c, done)
	if err != nil {
		return fmt.Errorf("start %s: %w", unit, err)
	}
	select {
	case result := <-done:
		if result != "done" {
			return fmt.Errorf("start %s: job %s", unit, result)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("start %s: %w", unit, ctx.Err())
	}
}

// dialPrivate connects to a manager directly, which needs no bus.
func dialPrivate(ctx context.Context, socket string) (*dbus.Conn, error) {
	c, err := dbus.Dial("unix:path="+socket, dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if err := c.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Getuid()))}); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func runtimeDir(u *user.User) string { return filepath.Join("/run/user", u.Uid) }

// program executes the program in the environment of a login.
func (e *entry) program(u *user.User) error {
	dir := e.Dir
	if dir == "" {
		dir = u.HomeDir
	}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	os.Clearenv()
	for _, kv := range e.environ(u) {
		name, value, _ := strings.Cut(kv, "=")
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("environment %q: %w", kv, err)
		}
	}
	path, err := exec.LookPath(e.Args[0])
	if err != nil {
		return err
	}
	return &os.PathError{Op: "exec", Path: path, Err: unix.Exec(path, e.Args, os.Environ())}
}

// environ is the environment of a login, see login(1) and pam_systemd(8).
func (e *entry) environ(u *user.User) []string {
	env := []string{
		"PATH=" + defaultPath, "HOME=" + u.HomeDir, "USER=" + u.Username, "LOGNAME=" + u.Username,
		"SHELL=/bin/bash", "TERM=" + e.Term, "LANG=C.UTF-8", insideEnv + "=1",
	}
	if u.Uid != "0" {
		dir := runtimeDir(u)
		env = append(env, "XDG_RUNTIME_DIR="+dir, "DBUS_SESSION_BUS_ADDRESS=unix:path="+dir+"/bus")
	}
	return append(env, e.Env...)
}
