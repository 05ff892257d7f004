package box

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	cgroupPrefix = "unitmon-box-"

	// enterGroup is the leaf, in the box's control group, that programs are
	// born in before they are a unit of the box's manager.
	enterGroup = "unitmon-box-enter"

	// emptyLimit bounds the wait for killed processes, in milliseconds.
	emptyLimit = 30_000
)

// ownCgroup returns the directory of this process's control group in the
// cgroup v2 hierarchy, or "" where cgroup v2 is not mounted; see cgroups(7).
func ownCgroup() (string, error) {
	path, err := cgroupOf("self")
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(path, "/..") {
		return "", fmt.Errorf("control group %s is outside the cgroup namespace", path)
	}
	mounts, err := readMounts("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	for _, m := range mounts {
		if rel, ok := below(m.root, path); ok && m.fstype == "cgroup2" {
			return filepath.Join(m.point, rel), nil
		}
	}
	return "", nil
}

// cgroupOf returns the cgroup v2 path of a process, as seen from here.
func cgroupOf(pid string) (string, error) {
	b, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(b)) {
		if path, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); ok {
			return path, nil
		}
	}
	return "", errors.New("the kernel has no cgroup v2")
}

// below returns path relative to root, if it is root or below it.
func below(root, path string) (string, bool) {
	rel, err := filepath.Rel(root, path)
	return rel, err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

// mount is one line of mountinfo, see proc_pid_mountinfo(5).
type mount struct{ root, point, fstype string }

// readMounts reads a mountinfo file.
func readMounts(path string) ([]mount, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var mounts []mount
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if m, ok := parseMount(lines.Text()); ok {
			mounts = append(mounts, m)
		}
	}
	return mounts, lines.Err()
}

// parseMount reads a line of mountinfo; false if it is none.
func parseMount(line string) (mount, bool) {
	front, back, ok := strings.Cut(line, " - ")
	f, b := strings.Fields(front), strings.Fields(back)
	if !ok || len(f) < 6 || len(b) < 1 {
		return mount{}, false
	}
	plain := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	return mount{root: plain.Replace(f[3]), point: plain.Replace(f[4]), fstype: b[0]}, true
}

// cgroup is the control group of one box, locked for as long as it is open:
// an unlocked one has lost its keeper.
type cgroup struct {
	dir  string
	lock *os.File
}

// makeCgroup makes the box's control group, after removing those in the same
// place that have lost their keeper.
func makeCgroup(base, name string) (*cgroup, error) {
	parent, err := lockDir(base, unix.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	sweep(base)
	dir := filepath.Join(base, fmt.Sprintf("%s%s-%d", cgroupPrefix, name, os.Getpid()))
	if err := os.MkdirAll(filepath.Join(dir, enterGroup), 0o755); err != nil {
		return nil, fmt.Errorf("make control group: %w", err)
	}
	lock, err := lockDir(dir, unix.LOCK_EX|unix.LOCK_NB)
	if err != nil {
		return nil, errors.Join(err, takeDown(dir))
	}
	return &cgroup{dir: dir, lock: lock}, nil
}

// sweep removes the control groups in base that have lost their keeper. It
// waits for nothing: what is still dying, the next one removes.
func sweep(base string) {
	old, _ := filepath.Glob(filepath.Join(base, cgroupPrefix+"*"))
	for _, dir := range old {
		f, err := lockDir(dir, unix.LOCK_EX|unix.LOCK_NB)
		if err != nil {
			continue
		}
		_ = writeFile(filepath.Join(dir, "cgroup.kill"), "1")
		_ = removeGroups(dir)
		f.Close()
	}
}

// lockDir opens and locks a directory.
func lockDir(dir string, how int) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), how)
		if err == nil {
			return f, nil
		}
		if err != unix.EINTR {
			f.Close()
			return nil, &fs.PathError{Op: "flock", Path: dir, Err: err}
		}
	}
}

// enableControllers gives the children of dir what controllers dir has. One
// that cannot be given is one that Lacks will report inside.
func enableControllers(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, c := range strings.Fields(string(b)) {
		_ = writeFile(filepath.Join(dir, "cgroup.subtree_control"), "+"+c)
	}
	return nil
}

// writeFile writes to a file of the kernel, which exists.
func writeFile(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// Close removes the control group and whatever is in it.
func (c *cgroup) Close() error { return errors.Join(takeDown(c.dir), c.lock.Close()) }

// takeDown kills what runs in the control group dir and removes it with all
// below. One that is gone is no error.
func takeDown(dir string) error {
	if err := killAll(dir); err != nil {
		return gone(fmt.Errorf("kill control group %s: %w", dir, err))
	}
	return gone(removeGroups(dir))
}

// gone drops the error of a thing that is not there.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}

// killAll kills every process below dir and waits until there is none.
func killAll(dir string) error {
	events, err := os.Open(filepath.Join(dir, "cgroup.events"))
	if err != nil {
		return err
	}
	defer events.Close()
	if err := writeFile(filepath.Join(dir, "cgroup.kill"), "1"); err != nil { // Linux 5.14
		return err
	}
	for {
		var buf [256]byte
		n, err := events.ReadAt(buf[:], 0)
		if n == 0 {
			return err
		}
		if bytes.Contains(buf[:n], []byte("populated 0")) {
			return nil
		}
		switch n, err := pollPri(events); {
		case err != nil:
			return err
		case n == 0:
			return errors.New("still populated after SIGKILL")
		}
	}
}

// pollPri waits until the kernel says that file f has changed since it was
// last read; 0 if it does not within emptyLimit.
func pollPri(f *os.File) (int, error) {
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLPRI}}, emptyLimit)
		if err != unix.EINTR {
			return n, os.NewSyscallError("poll", err)
		}
	}
}

// removeGroups removes the control group dir from the bottom up.
func removeGroups(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		if err := gone(removeGroups(filepath.Join(dir, e.Name()))); err != nil {
			return err
		}
	}
	return unix.Rmdir(dir)
}
