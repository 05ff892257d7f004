package cli

import (
	"errors"

	"github.com/unitmon/unitmon/internal/sys"
)

// Strerror returns what Strerror(3) says of the error number in err: callers
// and test suites look for the words of glibc. Go has the same texts, but
// begins them with a small letter. An error without a number says itself.
func Strerror(err error) string {
	var errno sys.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	if errno == 0 {
		return "Success"
	}
	text := []byte(errno.Error())
	if 'a' <= text[0] && text[0] <= 'z' {
		text[0] -= 'a' - 'A'
	}
	return string(text)
}
