package box

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// openBinds takes the sources of the binds while their paths are still good.
func (s *initStage) openBinds() error {
	for _, b := range s.Binds {
		fd, err := unix.OpenTree(unix.AT_FDCWD, b.Source,
			unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
		if err != nil {
			return &fs.PathError{Op: "open_tree", Path: b.Source, Err: err}
		}
		s.trees = append(s.trees, fd)
	}
	return nil
}

// attachBinds puts the sources of the binds where they belong.
func (s *initStage) attachBinds() error {
	for i, b := range s.Binds {
		target := b.Target
		if target == "" {
			target = b.Source
		}
		if err := attach(s.trees[i], target, b.Writable); err != nil {
			return &fs.PathError{Op: "bind " + b.Source, Path: target, Err: err}
		}
	}
	return nil
}

// attach mounts the detached tree fd, which it consumes, at target.
func attach(fd int, target string, writable bool) error {
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if err := makeTarget(target, st.Mode&unix.S_IFMT == unix.S_IFDIR); err != nil {
		return err
	}
	if !writable {
		attr := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
		if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, attr); err != nil {
			return err
		}
	}
	return unix.MoveMount(fd, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH)
}
