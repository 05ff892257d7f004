package cli

import "github.com/unitmon/unitmon/internal/sys"

// Check makes the second part of conmon's checks, in its order, and fills in
// what depends on the working directory: Bundle and ContainerPIDFile where
// they were not given, and Log. A log file is created with mode 0640, less the
// umask, where conmon creates it: before the last checks, so that one of those
// which fails leaves it behind. It is appended to later, and never truncated.
//
// The error is an *Exit, which syslog has been told already. Check may be
// repeated, by a process that has executed itself again: with a nil Diag it
// says nothing twice.
func (o *Options) Check(d *Diag) error {
	if err := o.checkMode(d); err != nil {
		return err
	}
	if err := o.checkRuntime(d); err != nil {
		return err
	}
	cwd, err := sys.Getcwd()
	if err != nil {
		return d.Exit("Failed to get working directory")
	}
	if !o.given.bundle && !o.Exec {
		o.Bundle = cwd
	}
	if o.ExitDelay < 0 {
		return d.Exit("Delay before invoking exit command must be greater than or equal to 0")
	}
	if !o.given.pidFile {
		o.ContainerPIDFile = cwd + "/pidfile-" + o.CID
	}
	if err := o.checkLog(d, cwd); err != nil {
		return err
	}
	if o.NoPartialMessage && !o.Log.Journal {
		d.Warn("--no-container-partial-message has no effect without journald log driver")
	}
	return nil
}

// checkMode is about options that exclude or need each other.
func (o *Options) checkMode(d *Diag) error {
	if _, ok := parseLevel(o.logLevel); !ok && o.given.level {
		return d.Exit("No such log level " + o.logLevel)
	}
	switch {
	case o.given.restore && o.Exec:
		return d.Exit("Cannot use 'exec' and 'restore' at the same time")
	case o.ExecAttach && !o.Exec:
		return d.Exit("Attach can only be specified with exec")
	case o.ExecAttach && o.APIVersion < 1:
		return d.Exit("Attach can only be specified for a non-legacy exec session")
	case !o.given.cuuid && (!o.Exec || o.APIVersion >= 1):
		return d.Exit("Container UUID not provided. Use --cuuid")
	}
	return nil
}

func (o *Options) checkRuntime(d *Diag) error {
	if !o.given.runtime {
		return d.Exit("Runtime path not provided. Use --runtime")
	}
	if err := sys.AccessExec(o.Runtime); err != nil {
		return d.ExitErr("Runtime path "+o.Runtime+" is not valid", err)
	}
	if o.Exec && !o.given.processSpec {
		return d.Exit("Exec process spec path not provided. Use --exec-process-spec")
	}
	return nil
}
