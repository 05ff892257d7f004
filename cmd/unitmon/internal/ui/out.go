package ui

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Out is a place to write to, and what it can show. The zero value of all but W
// is a file or a pipe.
type Out struct {
	W        io.Writer
	Terminal bool
	Width    int  // columns; 0: lines may have any length
	Color    bool // state words may be coloured
}

// Stdout is the standard output.
func Stdout() Out { return of(os.Stdout) }

// Stderr is the standard error.
func Stderr() Out { return of(os.Stderr) }

// of looks at a file. A terminal has its width from TIOCGWINSZ (ioctl_tty(2)),
// and no colour if $NO_COLOR is set to anything (no-color.org) or $TERM is dumb
// or unset.
func of(f *os.File) Out {
	o := Out{W: f}
	fd := int(f.Fd())
	if !term.IsTerminal(fd) {
		return o
	}
	o.Terminal = true
	if w, _, err := term.GetSize(fd); err == nil {
		o.Width = w
	}
	kind := os.Getenv("TERM")
	o.Color = os.Getenv("NO_COLOR") == "" && kind != "" && kind != "dumb"
	return o
}
