package wire

import (
	"errors"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// errRange has the C library's text for ERANGE.
var errRange = errors.New("numerical result out of range")

// contractError is an error whose text is part of conmon's contract.
type contractError struct {
	text  string
	cause error // may be nil
}

func (e *contractError) Error() string { return e.text }
func (e *contractError) Unwrap() error { return e.cause }

// withReason is conmon's "%s %m": the text, and strerror(3) of the cause.
func withReason(text string, cause error) error {
	return &contractError{text + " " + strerror(cause), cause}
}

// strerror is the C library's text for the error number in err, and "Success"
// for none. Go's own texts are the same but for the case of the first letter.
func strerror(err error) string {
	if err == nil {
		return "Success"
	}
	text := err.Error()
	if e := sys.Errno(0); errors.As(err, &e) {
		text = e.Error()
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
