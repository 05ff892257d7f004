package oom

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/internal/sys"
)

// stage is the environment variable that makes this program, started again, a
// part of a test.
const stage = "UNITMON_OOM_STAGE"

func TestMain(m *testing.M) {
	switch os.Getenv(stage) {
	case "":
		os.Exit(m.Run())
	case "eat": // when told, more than it may have
		_, _ = io.Copy(io.Discard, os.Stdin)
		b := make([]byte, 256<<20)
		for i := 0; i < len(b); i += os.Getpagesize() {
			b[i] = 1
		}
		fmt.Print(len(b))
	case "wait": // until it may end
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "unified":
		if err := mountUnified(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
}

// self starts this program as a stage. Its standard input is a pipe.
func self(t *testing.T, what string) (*exec.Cmd, io.Closer) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), stage+"="+what)
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(cmd) })
	return cmd, in
}

func end(cmd *exec.Cmd) {
	if cmd.ProcessState == nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// cgroup makes one below that of this process, with a process in it.
func cgroup(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	own, err := Find(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(cmd.Process.Pid)
	dir := filepath.Join(own.Dir, "unitmon-oom-"+pid)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		end(cmd)
		if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
	file(t, dir, "cgroup.procs", pid)
	return dir
}

func file(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// mountUnified mounts cgroup v2 where it belongs, in a mount namespace of this
// process's own.
func mountUnified() error {
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("cgroup2", root, "cgroup2", 0, "")
	}
	return err
}

// TestWatch_Unified runs two tests where they can run on any machine.
func TestWatch_Unified(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestWatch_(Hermetic|Removed)$", "-test.v")
	cmd.Env = append(os.Environ(), stage+"=unified")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "--- PASS: TestWatch_") != 2 {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestWatch_Hermetic is a container in a cgroup v2 that has no memory
// controller: its files are those of a tmpfs that is mounted over it.
func TestWatch_Hermetic(t *testing.T) {
	if os.Getenv(stage) != "unified" {
		return // see TestWatch_Unified
	}
	cmd, in := self(t, "wait")
	dir := cgroup(t, cmd)
	if w, err := Watch(cmd.Process.Pid); err == nil {
		t.Errorf("watches %s, which has no counters", w.dir)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	file(t, dir, "memory.events", events(0, 1, 1, 0))
	w, err := Watch(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	file(t, dir, "memory.events", events(9, 1, 1, 0))
	see(t, w, false)
	file(t, dir, "memory.events", events(9, 2, 2, 0))
	see(t, w, true)
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	file(t, dir, "memory.events", events(9, 3, 2, 0))
	if oom, err := w.Final(false); !oom || err != nil {
		t.Errorf("%v, %v", oom, err)
	}
}

// TestWatch_Removed: how the files of a real cgroup v2 behave that is removed
// after an event. It is cgroup.events, which every one has.
func TestWatch_Removed(t *testing.T) {
	if os.Getenv(stage) != "unified" {
		return // see TestWatch_Unified
	}
	cmd, in := self(t, "wait")
	path := cgroup(t, cmd)
	dir, err := sys.OpenDirFD(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sys.Close(dir) }()
	u := &unified{}
	if u.inotify, err = sys.InotifyFD(); err != nil {
		t.Fatal(err)
	}
	if err := u.add(dir, "cgroup.events"); err != nil {
		t.Fatal(err)
	}
	w := &Watcher{path, u}
	defer w.Close()
	if poll(t, w, 0) {
		t.Error("an event at once")
	}
	in.Close() // the cgroup becomes empty
	await(t, w)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if oom, err := w.Ready(); oom || !errors.Is(err, ErrUnknown) {
		t.Errorf("%v, %v", oom, err)
	}
	if oom, err := w.Final(false); oom || err != nil {
		t.Errorf("after that: %v, %v", oom, err)
	}
}

// TestWatch_Legacy is a real OOM in a cgroup v1, and its removal.
func TestWatch_Legacy(t *testing.T) {
	if own, err := Find(os.Getpid()); err != nil || own.Unified {
		t.Skipf("this machine has no memory controller of cgroup v1: %+v, %v", own, err)
	}
	cmd, in := self(t, "eat")
	dir := cgroup(t, cmd)
	file(t, dir, "memory.limit_in_bytes", "32M")
	file(t, dir, "memory.swappiness", "0")
	w, err := Watch(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if oom, err := w.Ready(); oom || err != nil {
		t.Errorf("at once: %v, %v", oom, err)
	}
	in.Close()
	await(t, w)
	if oom, err := w.Ready(); !oom || err != nil {
		t.Errorf("OOM %v, %v", oom, err)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != unix.SIGKILL {
		t.Errorf("ended: %v", err)
	}
	if _, err := w.Ready(); err != nil { // the counter of kills may come after the event
		t.Error(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	see(t, w, false)
	if oom, err := w.Final(false); oom || err != nil {
		t.Errorf("at last: %v, %v", oom, err)
	}
}
