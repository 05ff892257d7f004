package wire

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strconv"

	"github.com/unitmon/unitmon/internal/sys"
)

// maxPIDFile is how many bytes of a pid file are read; a number is in the first.
const maxPIDFile = 64

// ReadPIDFile reads the number that a runtime has written. It is read as atoi(3)
// does: white space and a sign before it and anything behind it are no error.
// But what is no process number (0 for atoi(3), or negative, or too large) is
// one. When the file cannot be read the text is GLib's, which engines see:
// "Failed to open file “PATH”: No such file or directory"; it wraps the cause.
func ReadPIDFile(path string) (int, error) {
	var buf [maxPIDFile]byte
	n, err := sys.ReadHead(path, buf[:])
	if err != nil {
		return 0, glibError(path, err)
	}
	text := string(buf[:n])
	pid, _, err := number(text)
	if errors.Is(err, strconv.ErrSyntax) {
		return 0, fmt.Errorf("pid file %s: no number in %q", path, text)
	}
	if pid <= 0 || pid > math.MaxInt32 {
		return 0, fmt.Errorf("pid file %s: %d is no process number", path, pid)
	}
	return int(pid), nil
}

// glibError is the error of g_file_get_contents (gfileutils.c in GLib 2.74).
func glibError(path string, err error) error {
	what := "Failed to open file"
	if p := (*fs.PathError)(nil); errors.As(err, &p) && p.Op == "read" {
		what = "Error reading file"
	}
	return &contractError{fmt.Sprintf("%s “%s”: %s", what, path, strerror(err)), err}
}
