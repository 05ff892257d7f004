package box

import (
	"io"
	"syscall"
)

// ProgramDir is the directory in a box that comes first on PATH; the programs
// of [Options.Programs] are there.
const ProgramDir = "/opt/unitmon/bin"

// Options say how a box differs from the plain one; the zero value is good.
type Options struct {
	// Name is the box's host name and part of its control group's name.
	// Letters, digits and '-'; at most 40 bytes. Default "box".
	Name string

	// Binds are files and directories of the machine to show in the box.
	Binds []Bind

	// Programs are packages of this module, as "./cmd/unitmon", to be built
	// with the go command and put into ProgramDir. Only for Main and Boot
	// below the module's directory.
	Programs []string

	// User, if set, is created in the box (uid 1000 or the next free one),
	// with a home directory, subordinate ids and linger enabled, so that its
	// own manager is running once the box is booted.
	User string

	// Disk, if set, is a directory of the machine that keeps what is written in
	// the box, but for /run, /tmp, /var/tmp and /var/log: a box that is booted
	// with the same one again is the same machine after a reboot. It must be on
	// a file system that can be the upper layer of an overlay (ext4, xfs,
	// btrfs, tmpfs), for one box at a time, and is the caller's to remove.
	Disk string

	// Journal makes the box's journal persistent: /var/log/journal exists, and
	// users can read their own entries. The journal is volatile otherwise.
	Journal bool
}

// Bind shows Source, a path of the machine, as Target in the box. With an
// empty Target the path is the same.
type Bind struct {
	Source, Target string
	Writable       bool
}

// Cmd is a program to run in a box.
type Cmd struct {
	// Args are the program and its arguments. A program without a slash is
	// looked for on the PATH inside.
	Args []string

	// User is the user to run it as; empty means root. The user's own manager
	// is started where it is not running yet.
	User string

	// Env is added to the clean environment of a login: PATH, HOME, USER,
	// LOGNAME, SHELL, TERM, LANG and for users XDG_RUNTIME_DIR and
	// DBUS_SESSION_BUS_ADDRESS.
	Env []string

	// Dir is the working directory inside; empty means the home directory.
	Dir string

	// Stdin is /dev/null when nil. Stdout and Stderr are kept in the Result
	// when nil, up to MaxOutput bytes each.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// MaxOutput is how many bytes of each output stream a Result can hold; a
// program that writes more gets EPIPE.
const MaxOutput = 8 << 20

// Result is how a program ended.
type Result struct {
	// Status is the exit status; -1 if a signal ended the program.
	Status int
	// Signal is the signal that ended the program, or 0.
	Signal syscall.Signal
	// Stdout and Stderr hold what was written, where Cmd named no writer.
	Stdout, Stderr []byte
}
