package glib

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/unitmon/unitmon/internal/engine/cli"
	"github.com/unitmon/unitmon/internal/engine/cli/goption"
)

// table is conmon's options with their default values, sorted by name, each
// with a note whether it was given. Options that share a variable share that.
func table() []goption.Option {
	options, _ := cli.Defaults().Table()
	slices.SortFunc(options, func(a, b goption.Option) int { return strings.Compare(a.Long, b.Long) })
	notes := map[any]*bool{}
	for i := range options {
		o := &options[i]
		if notes[o.Into] == nil {
			notes[o.Into] = new(bool)
		}
		o.Given = notes[o.Into]
	}
	return options
}

// helped begins the answer to a line that asks for help.
const helped = "Usage:"

// ours returns what our parser makes of a command line, in the format of
// goption.c; of the help only helped.
func ours(words []string) string {
	options := table()
	rest, err := goption.Parse(options, words)
	if errors.Is(err, goption.ErrHelp) {
		return helped
	}
	if err != nil {
		return "ERR " + err.Error()
	}
	var b strings.Builder
	for i := range options {
		b.WriteString(options[i].Long + "=" + value(&options[i]) + "\n")
	}
	return b.String() + hexed(rest...)
}

// value shows the variable of an option.
func value(o *goption.Option) string {
	switch v := o.Into.(type) {
	case *string:
		if *v == "" && !*o.Given {
			return "" // GLib: NULL
		}
		return hexed(*v)
	case *[]string:
		return hexed(*v...)
	case *bool:
		return fmt.Sprint(*v)
	case *int:
		return fmt.Sprint(*v)
	case *int64:
		return fmt.Sprint(*v)
	}
	return "unknown"
}

func hexed(words ...string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(hex.EncodeToString([]byte(w)) + ",")
	}
	return b.String()
}
