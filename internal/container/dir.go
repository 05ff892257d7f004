package container

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Dir is a container's directory below the manager's runtime directory. The
// socket unit owns it (RuntimeDirectory=): when that unit stops, the manager
// removes it, whatever has become of our processes.
type Dir struct{ Path string }

// Root is where containers' directories are: /run/unitmon, or below
// $XDG_RUNTIME_DIR for a user's own manager.
func Root(user bool) (string, error) {
	if !user {
		return "/run/unitmon", nil
	}
	run := os.Getenv("XDG_RUNTIME_DIR")
	if run == "" {
		return "", errors.New("XDG_RUNTIME_DIR is not set: no login session of a user manager")
	}
	if !filepath.IsAbs(run) {
		return "", fmt.Errorf("XDG_RUNTIME_DIR %q is not an absolute path", run)
	}
	return filepath.Join(run, "unitmon"), nil
}

// DirOf is the directory of the container name.
func DirOf(name string, user bool) (Dir, error) {
	root, err := Root(user)
	if err != nil {
		return Dir{}, err
	}
	return Dir{filepath.Join(root, name)}, nil
}

// The files of a container's directory.

// Stdout is the FIFO that the container's standard output writes to.
func (d Dir) Stdout() string { return filepath.Join(d.Path, "stdout") }

// Stderr is the FIFO of its standard error.
func (d Dir) Stderr() string { return filepath.Join(d.Path, "stderr") }

// Control is the relay's SOCK_SEQPACKET control socket.
func (d Dir) Control() string { return filepath.Join(d.Path, "control") }

// Attach is the relay's SOCK_SEQPACKET socket that speaks conmon's attach
// protocol.
func (d Dir) Attach() string { return filepath.Join(d.Path, "attach") }

// ConsoleSocket is where the runtime sends the master of the container's
// terminal. It exists only while Launch creates the container.
func (d Dir) ConsoleSocket() string { return filepath.Join(d.Path, "console") }

// Bundle is the OCI bundle that the runtime is given.
func (d Dir) Bundle() string { return filepath.Join(d.Path, "bundle") }

// RuntimeRoot is the runtime's own state directory (--root).
func (d Dir) RuntimeRoot() string { return filepath.Join(d.Path, "runtime") }

// PIDFile is where the runtime writes the pid of the container's init.
func (d Dir) PIDFile() string { return filepath.Join(d.Path, "pid") }

// Gate is the file whose lock holds back the container's start.
func (d Dir) Gate() string { return filepath.Join(d.Path, "gate") }

// RelayActive is there as long as a relay has work: from its start until it
// leaves by itself.
func (d Dir) RelayActive() string { return filepath.Join(d.Path, "relay.active") }

// RelayState is what a relay that has left keeps for the next one.
func (d Dir) RelayState() string { return filepath.Join(d.Path, "relay.state") }

// record is where the Record is.
func (d Dir) record() string { return filepath.Join(d.Path, "record.json") }

// notifyPath is the manager's notification socket, sd_notify(3).
func notifyPath(user bool) string {
	if user {
		return filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "systemd/notify")
	}
	return "/run/systemd/notify"
}
