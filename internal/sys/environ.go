package sys

import (
	"errors"
	"os"
	"slices"
	"strings"
)

// Unsetenv removes variables from this process's environment.
func Unsetenv(names []string) error {
	var err error
	for _, name := range names {
		err = errors.Join(err, os.Unsetenv(name))
	}
	return err
}

// Without returns a copy of an environment ("NAME=VALUE") without the variables
// of the given names.
func Without(environ, names []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		name, _, ok := strings.Cut(v, "=")
		return ok && slices.Contains(names, name)
	})
}
