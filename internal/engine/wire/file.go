package wire

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/unitmon/unitmon/internal/sys"
)

// fileMode is the mode of the files that engines read, whatever the umask.
const fileMode fs.FileMode = 0o644

// WritePIDFile writes the number of a process to the file at path: decimal,
// without a newline, mode 0644. A file that was there is replaced in one step.
// When it fails, nothing new is left.
func WritePIDFile(path string, pid int) error {
	if pid <= 0 {
		return fmt.Errorf("pid file %s: %d is no process number", path, pid)
	}
	if err := replaceFile(path, strconv.Itoa(pid)); err != nil {
		return fmt.Errorf("pid file %s: %w", path, err)
	}
	return nil
}

// WriteExit writes an exit code to the file at path, in the same way: 0 to 255,
// 128 and the signal's number, or -1 for a timeout. The engine takes the file's
// ctime as the time of the exit, so it is not to be touched afterwards.
func WriteExit(path string, code int) error {
	if err := replaceFile(path, strconv.Itoa(code)); err != nil {
		return fmt.Errorf("exit file %s: %w", path, err)
	}
	return nil
}

// replaceFile gives the file at path new content in one step: a reader sees the
// old or the new, and a watcher of the directory one IN_MOVED_TO. It is not
// flushed to the disk: these files mean nothing after the machine has stopped.
func replaceFile(path, text string) error {
	return sys.ReplaceFile(path, fmt.Sprint(".", filepath.Base(path), ".", os.Getpid()), []byte(text), fileMode)
}
