package conf

import (
	"errors"
	"fmt"
)

// errorsMax is how many errors of a file are reported. One that has more is
// not what it was taken for, and they go to the kernel's log.
const errorsMax = 20

// problems are what is wrong with a file.
type problems struct {
	path string
	list []error
}

func (p *problems) fail(line int, format string, args ...any) {
	p.list = append(p.list, &Error{p.path, line, fmt.Sprintf(format, args...)})
	if len(p.list) == errorsMax {
		p.list = append(p.list, &Error{p.path, 0, "there are too many errors, what follows was not read"})
	}
}

// full reports whether to read on is of no use.
func (p *problems) full() bool { return len(p.list) >= errorsMax }

func (p *problems) err() error { return errors.Join(p.list...) }

// textMax is how much of a file's text a message has.
const textMax = 40

// shorten quotes text for a message of one line.
func shorten(s string) string {
	if len(s) > textMax {
		return fmt.Sprintf("%.*q...", textMax, s)
	}
	return fmt.Sprintf("%q", s)
}

// cut is shorten without quotes, for what is most likely a name.
func cut(s string) string {
	if len(s) > textMax {
		return shorten(s)
	}
	return s
}
