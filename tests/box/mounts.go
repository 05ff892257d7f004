package box

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// oldRoot is where the machine's root is until the box has what it needs
	// of it; before that, the overlay's own files are mounted there.
	oldRoot = "/mnt"

	// ownDir holds the box's own files.
	ownDir = "/run/unitmon-box"

	notifyPath = ownDir + "/notify"
)

// overlayRoot makes an overlay of / on a tmpfs, or on the disk, and makes it the
// root. The machine's root is at oldRoot from then on.
func (s *initStage) overlayRoot() error {
	if err := s.mountDisk(); err != nil {
		return err
	}
	root := filepath.Join(oldRoot, "root")
	if err := os.Mkdir(root, 0o755); errors.Is(err, fs.ErrExist) {
		s.again = true
	} else if err != nil {
		return err
	}
	if err := overlay("/", filepath.Join(oldRoot, "0"), root); err != nil {
		return err
	}
	put := filepath.Join(root, oldRoot)
	if err := os.MkdirAll(put, 0o755); err != nil {
		return err
	}
	if err := unix.PivotRoot(root, put); err != nil {
		return os.NewSyscallError("pivot_root", err)
	}
	return os.Chdir("/")
}

// mountDisk mounts at oldRoot what the upper layers are written to.
func (s *initStage) mountDisk() error {
	if s.Disk == "" {
		return unix.Mount("tmpfs", oldRoot, "tmpfs", 0, "mode=0755")
	}
	if err := unix.Mount(s.Disk, oldRoot, "", unix.MS_BIND, ""); err != nil {
		return &fs.PathError{Op: "bind", Path: s.Disk, Err: err}
	}
	return nil
}

// overlay mounts at target an overlay of lower whose upper files are in dir,
// which it makes.
func overlay(lower, dir, target string) error {
	upper, work := filepath.Join(dir, "upper"), filepath.Join(dir, "work")
	for _, d := range []string{dir, upper, work} {
		if err := os.Mkdir(d, 0o755); err != nil && !errors.Is(err, fs.ErrExist) { // a disk has them
			return err
		}
	}
	if err := copyMode(lower, upper); err != nil {
		return err
	}
	escape := strings.NewReplacer(`\`, `\\`, ":", `\:`, ",", `\,`)
	data := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", escape.Replace(lower), upper, work)
	if err := unix.Mount("overlay", target, "overlay", 0, data); err != nil {
		return &fs.PathError{Op: "mount overlay", Path: target, Err: err}
	}
	return nil
}

// copyMode gives directory to the mode and owner of directory from: an
// overlay's root has those of its upper directory.
func copyMode(from, to string) error {
	var st unix.Stat_t
	if err := unix.Stat(from, &st); err != nil {
		return &fs.PathError{Op: "stat", Path: from, Err: err}
	}
	if err := unix.Chown(to, int(st.Uid), int(st.Gid)); err != nil {
		return &fs.PathError{Op: "chown", Path: to, Err: err}
	}
	return unix.Chmod(to, st.Mode&0o7777)
}

// overlayBelow does for every file system mounted below the machine's root
// what overlayRoot did for the root's own, for an overlay shows that alone.
// One that cannot be the lower layer of an overlay is shown read-only.
func overlayBelow() error {
	mounts, err := readMounts("/proc/thread-self/mountinfo")
	if err != nil {
		return err
	}
	for i, m := range mounts {
		point, ok := below(oldRoot, m.point)
		if target := filepath.Join("/", point); ok && wanted(target, m.fstype) {
			dir := filepath.Join(oldRoot, oldRoot, fmt.Sprint(i+1))
			if overlay(m.point, dir, target) == nil {
				continue
			}
			if err := bindReadOnly(m.point, target); err != nil {
				return err
			}
		}
	}
	return nil
}

// wanted reports whether a file system mounted at path belongs into a box.
// Skipped are those a box has its own of, and stores of other programs.
func wanted(path, fstype string) bool {
	if fstype == "autofs" || fstype == "squashfs" {
		return false
	}
	if st, err := os.Stat(filepath.Join(oldRoot, path)); err != nil || !st.IsDir() {
		return false
	}
	for _, skip := range []string{
		"/proc", "/sys", "/dev", "/run", "/tmp", oldRoot, "/media", "/boot", "/efi",
		"/var/log", "/var/tmp", "/var/run", "/var/lib/docker", "/var/lib/containers", "/var/lib/containerd",
	} {
		if _, in := below(skip, path); in {
			return false
		}
	}
	return path != "/"
}

func bindReadOnly(source, target string) error {
	if err := unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return &fs.PathError{Op: "bind", Path: target, Err: err}
	}
	return readOnly(target)
}

func readOnly(path string) error {
	attr := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, path, unix.AT_RECURSIVE, attr); err != nil {
		return &fs.PathError{Op: "mount_setattr", Path: path, Err: err}
	}
	return nil
}

const noExtras = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// mountProc mounts /proc with the system-wide settings read-only: PID 1
// raises fs.file-max and fs.nr_open, which are the machine's. Those of the
// network namespace are the box's own.
func mountProc() error {
	if err := unix.Mount("proc", "/proc", "proc", noExtras, ""); err != nil {
		return err
	}
	for _, p := range []struct {
		path  string
		flags uintptr
	}{
		{"/proc/sys", unix.MS_RDONLY}, {"/proc/sys/net", 0}, {"/proc/sysrq-trigger", unix.MS_RDONLY},
	} {
		if err := gone(bindSelf(p.path, p.flags|noExtras)); err != nil { // not every kernel has sysrq
			return err
		}
	}
	return nil
}

// bindSelf makes path a mount of its own, with these flags.
func bindSelf(path string, flags uintptr) error {
	if err := unix.Mount(path, path, "", unix.MS_BIND, ""); err != nil {
		return &fs.PathError{Op: "bind", Path: path, Err: err}
	}
	if err := unix.Mount("", path, "", flags|unix.MS_REMOUNT|unix.MS_BIND, ""); err != nil {
		return &fs.PathError{Op: "remount", Path: path, Err: err}
	}
	return nil
}

// mountSys mounts /sys read-only, and on it the box's control groups.
func mountSys() error {
	if err := unix.Mount("sysfs", "/sys", "sysfs", noExtras|unix.MS_RDONLY, ""); err != nil {
		return err
	}
	if err := unix.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", noExtras, "nsdelegate"); err != nil {
		return &fs.PathError{Op: "mount cgroup2", Path: "/sys/fs/cgroup", Err: err}
	}
	return nil
}

// mountVolatile mounts the directories that a box starts with empty. It also
// mounts a whole /proc and /sys aside: the kernel lets a user namespace mount
// its own only where an unobstructed one is to be seen.
func mountVolatile() error {
	for _, m := range []struct{ path, data string }{
		{"/run", "mode=0755"}, {"/tmp", "mode=1777"}, {"/var/tmp", "mode=1777"}, {"/var/log", "mode=0755"},
	} {
		if err := makeTarget(m.path, true); err != nil {
			return err
		}
		if err := unix.Mount("tmpfs", m.path, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, m.data); err != nil {
			return &fs.PathError{Op: "mount tmpfs", Path: m.path, Err: err}
		}
	}
	whole := filepath.Join(ownDir, "whole")
	for _, fstype := range []string{"proc", "sysfs"} {
		dir := filepath.Join(whole, fstype)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(fstype, dir, fstype, noExtras, ""); err != nil {
			return &fs.PathError{Op: "mount", Path: dir, Err: err}
		}
	}
	return os.Chmod(whole, 0)
}

// makeTarget makes the directory or file that something is to be mounted on.
func makeTarget(path string, dir bool) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if dir {
		return os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
}

// checkRoot fails unless / is an overlay: what follows removes files.
func checkRoot() error {
	var st unix.Statfs_t
	if err := unix.Statfs("/", &st); err != nil {
		return os.NewSyscallError("statfs", err)
	}
	if st.Type != unix.OVERLAYFS_SUPER_MAGIC {
		return fmt.Errorf("file system type %#x is not an overlay", st.Type)
	}
	return nil
}
