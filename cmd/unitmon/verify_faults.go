package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/conf"
)

// fault is one thing that is wrong with a container's configuration.
type fault struct {
	Name string `json:"name"`
	Path string `json:"path,omitempty"`
	Line int    `json:"line,omitempty"`
	Text string `json:"text"`
}

// String is for people: FILE:LINE: TEXT.
func (f fault) String() string {
	if f.Path == "" {
		return f.Text
	}
	return (&conf.Error{Path: f.Path, Line: f.Line, Text: f.Text}).Error()
}

// appendFaults takes joined errors apart: one of a file keeps its place in it, of
// others each line is a fault.
func appendFaults(list []fault, name string, err error) []fault {
	// Only what err itself is: a text around others belongs to them.
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = appendFaults(list, name, e)
		}
		return list
	}
	var of *conf.Error
	if errors.As(err, &of) && of.Error() == err.Error() {
		return append(list, fault{name, of.Path, of.Line, of.Text})
	}
	for line := range strings.Lines(err.Error()) {
		list = append(list, fault{Name: name, Text: strings.TrimSuffix(line, "\n")})
	}
	return list
}

// tellFaults prints what was found; the exit code is 1 if there is anything.
func tellFaults(found []fault, asJSON bool) error {
	if asJSON {
		if err := ui.JSON(os.Stdout, found); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			fmt.Println(ui.Clean(f.String()))
		}
	}
	if len(found) > 0 {
		return codeError{1, nil}
	}
	return nil
}
