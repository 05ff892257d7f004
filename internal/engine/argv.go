package engine

import "github.com/unitmon/unitmon/internal/engine/cli"

// runtimeArgv is the command line of the runtime for what the options say.
func runtimeArgv(o *cli.Options, console string) []string {
	argv := []string{o.Runtime}
	if o.SystemdCgroup && !o.Exec {
		argv = append(argv, "--systemd-cgroup")
	}
	argv = append(argv, o.RuntimeArgs...)
	switch {
	case o.Exec:
		argv = append(argv, "exec", "--pid-file", o.ContainerPIDFile, "--process", o.ExecProcessSpec, "--detach")
	default:
		verb := "create"
		if o.Restore != "" {
			verb = "restore"
		}
		argv = append(argv, verb, "--bundle", o.Bundle, "--pid-file", o.ContainerPIDFile)
		if o.NoPivot {
			argv = append(argv, "--no-pivot")
		}
		if o.NoNewKeyring {
			argv = append(argv, "--no-new-keyring")
		}
		if o.Restore != "" {
			argv = append(argv, "--detach", "--image-path", o.Restore, "--work-path", o.Bundle)
		}
	}
	argv = append(argv, o.RuntimeOpts...)
	if console != "" {
		argv = append(argv, "--console-socket", console)
	}
	return append(argv, o.CID)
}
