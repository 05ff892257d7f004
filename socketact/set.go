package socketact

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Entry is a file and the name it was passed under.
type Entry struct {
	Name string
	File *os.File
}

// Set owns files in an order. What a method whose name begins with Take, or
// Named or Rest, returns is no longer in the Set, and the caller's. The zero
// Set is empty; so is a nil one, to which nothing can be added.
type Set struct {
	entries []Entry
}

// Add puts a file at the end. The Set owns it from then on, unless the name
// is refused with ErrEnviron: it may not be empty, nor have a colon, which
// divides the names, a NUL or a newline.
func (s *Set) Add(name string, file *os.File) error {
	if name == "" || strings.ContainsAny(name, ":\x00\n") {
		return fmt.Errorf("%w: name %.300q", ErrEnviron, name)
	}
	s.entries = append(s.entries, Entry{name, file})
	return nil
}

// Len returns how many files there are.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.entries)
}

// Names returns the names in order. Names may repeat.
func (s *Set) Names() []string {
	var names []string
	if s != nil {
		for _, e := range s.entries {
			names = append(names, e.Name)
		}
	}
	return names
}

// Named moves all files of a name into a new Set.
func (s *Set) Named(name string) *Set {
	return &Set{s.take(func(e Entry) bool { return e.Name == name })}
}

// Rest takes all files.
func (s *Set) Rest() []Entry {
	return s.take(func(Entry) bool { return true })
}

// take moves out what fits.
func (s *Set) take(fits func(Entry) bool) []Entry {
	if s == nil {
		return nil
	}
	var taken, left []Entry
	for _, e := range s.entries {
		if fits(e) {
			taken = append(taken, e)
		} else {
			left = append(left, e)
		}
	}
	s.entries = left
	return taken
}

// takeFirst moves out the first file that fits, nil if there is none.
func (s *Set) takeFirst(fits func(*os.File) bool) *os.File {
	found := false
	taken := s.take(func(e Entry) bool {
		if found || !fits(e.File) {
			return false
		}
		found = true
		return true
	})
	if taken == nil {
		return nil
	}
	return taken[0].File
}

// Close closes the files that nobody took.
func (s *Set) Close() error {
	var err error
	for _, e := range s.Rest() {
		err = errors.Join(err, e.File.Close())
	}
	return err
}

// Files returns the files in order, still owned by the Set: the ExtraFiles of
// an exec.Cmd that is to get them, whose first is descriptor 3.
func (s *Set) Files() []*os.File {
	var files []*os.File
	if s != nil {
		for _, e := range s.entries {
			files = append(files, e.File)
		}
	}
	return files
}

// Environ returns the variables that hand the files on to a process, to be
// appended to CleanEnviron of its environment; none if the Set is empty. The
// files must be its descriptors 3 and following, in order and not
// close-on-exec.
//
// pid is that process's ID: os.Getpid before executing another program in the
// same process. For a child, whose ID nobody knows before it runs, pass 0:
// $LISTEN_PID is then left out, and the child must be started by something
// that sets it, such as a shell with LISTEN_PID=$$ exec.
func (s *Set) Environ(pid int) []string {
	if s.Len() == 0 {
		return nil
	}
	environ := []string{
		"LISTEN_FDS=" + strconv.Itoa(s.Len()),
		"LISTEN_FDNAMES=" + strings.Join(s.Names(), ":"),
	}
	if pid > 0 {
		environ = append(environ, "LISTEN_PID="+strconv.Itoa(pid))
	}
	return environ
}
