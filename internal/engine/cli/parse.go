package cli

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/engine/cli/goption"
)

// Parse reads the command line args, without the program's name argv0, which
// only the help text wants. env looks up the environment: os.Getenv. The error
// is always an *Exit: help, version, or what is wrong before conmon's logging
// is set up.
func Parse(argv0 string, args []string, env func(string) string) (*Options, error) {
	o := Defaults()
	conmon, own := o.Table()
	switch _, err := goption.Parse(append(conmon, own...), args); {
	case errors.Is(err, goption.ErrHelp):
		return nil, &Exit{Stdout: help(argv0, conmon, own)}
	case err != nil:
		return nil, early("option parsing failed: " + err.Error())
	case o.version:
		return nil, &Exit{Stdout: version()}
	}
	if o.apiVersion {
		o.APIVersion = 1
	}
	if err := o.checkEarly(); err != nil {
		return nil, err
	}
	// A level that does not exist is reported by Check, as the first of what
	// goes to syslog too; until then it is as if there were none.
	if level, ok := parseLevel(o.logLevel); ok {
		o.LogLevel = level
	}
	if err := o.ownOptions(env); err != nil {
		return nil, err
	}
	return o, nil
}

// checkEarly is the first part of conmon's checks. It returns error, not
// *Exit, so that nil is nil.
func (o *Options) checkEarly() error {
	switch {
	case o.LogMaxFiles < 0:
		return early("log-max-files must be non-negative, got " + strconv.Itoa(o.LogMaxFiles))
	case o.LogRotate && o.LogMaxFiles == 0:
		return early("log-max-files must be at least 1 when log-rotate is enabled, got " + strconv.Itoa(o.LogMaxFiles))
	case !o.given.cid:
		return early("Container ID not provided. Use --cid")
	}
	return nil
}

// ownOptions settles the options that conmon does not have.
func (o *Options) ownOptions(env func(string) string) error {
	if err := choose(&o.Unit, "--unitmon-unit", env, "UNITMON_UNIT", "auto", "stay", "scope", "service"); err != nil {
		return err
	}
	return choose(&o.Priority, "--unitmon-priority", env, "UNITMON_PRIORITY", "stream", "line")
}

// choose settles one: what the command line says, else the environment, else
// the first choice. An empty value is the same as none.
func choose(value *string, option string, env func(string) string, variable string, choices ...string) error {
	source := option
	if *value == "" {
		*value, source = env(variable), "$"+variable
	}
	if *value == "" {
		*value = choices[0]
	}
	if !slices.Contains(choices, *value) {
		return early(source + " must be one of " + strings.Join(choices, ", ") + ", got " + strconv.Quote(*value))
	}
	return nil
}

func help(argv0 string, conmon, own []goption.Option) string {
	return goption.Help(filepath.Base(argv0), "- conmon utility",
		goption.Group{Title: "Application Options", Options: conmon},
		goption.Group{Title: "Options of unitmon", Options: own})
}
