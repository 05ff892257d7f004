package cli

import (
	"slices"

	"github.com/unitmon/unitmon/internal/engine/cli/goption"
)

// Table returns the options of conmon and then our own, each with the variable
// of o that it sets. Nothing is kept: a program asks for it once.
func (o *Options) Table() (conmon, own []goption.Option) {
	conmon = slices.Concat(o.container(), o.runtime(), o.stdio(), o.log(), o.diagnostics(), o.end(), o.process())
	return conmon, []goption.Option{
		{Long: "unitmon-unit", Into: &o.Unit, Help: "How the monitor becomes a unit: auto, stay, scope, service (default $UNITMON_UNIT, then auto)"},
		{Long: "unitmon-priority", Into: &o.Priority, Help: "Journal priority of a line: stream, or line for its <N> (default $UNITMON_PRIORITY, then stream)"},
	}
}

func (o *Options) container() []goption.Option {
	return []goption.Option{
		{Long: "api-version", Into: &o.apiVersion, Help: "Speak API version 1 to the caller; a flag, what follows is ignored"},
		{Long: "bundle", Short: 'b', Into: &o.Bundle, Given: &o.given.bundle, Help: "Bundle directory of the container (default: the working directory)"},
		{Long: "cid", Short: 'c', Into: &o.CID, Given: &o.given.cid, Help: "ID of the container"},
		{Long: "cuuid", Short: 'u', Into: &o.CUUID, Given: &o.given.cuuid, Help: "Unique ID, which names the link to the attach socket"},
		{Long: "name", Short: 'n', Into: &o.Name, Help: "Name of the container, for the journal"},
		{Long: "container-pidfile", Short: 'p', Into: &o.ContainerPIDFile, Given: &o.given.pidFile, Help: "File to which the runtime writes the PID of the container (default: pidfile-CID)"},
		{Long: "pidfile", Hidden: true, Into: &o.ContainerPIDFile, Given: &o.given.pidFile},
		{Long: "conmon-pidfile", Short: 'P', Into: &o.ConmonPIDFile, Help: "File for the PID of the monitor"},
		{Long: "exec", Short: 'e', Into: &o.Exec, Help: "Run a process in a container that runs, instead of creating one"},
		{Long: "exec-attach", Into: &o.ExecAttach, Help: "Wait until a client is attached, with --exec and --api-version"},
		{Long: "exec-process-spec", Into: &o.ExecProcessSpec, Given: &o.given.processSpec, Help: "File that describes the process, with --exec"},
		{Long: "restore", Into: &o.Restore, Given: &o.given.restore, Help: "Restore the container from the checkpoint at this path"},
	}
}

func (o *Options) runtime() []goption.Option {
	return []goption.Option{
		{Long: "runtime", Short: 'r', Into: &o.Runtime, Given: &o.given.runtime, Help: "OCI runtime, the path of its program"},
		{Long: "runtime-arg", Into: &o.RuntimeArgs, Help: "Argument for the runtime, before its command; can be repeated"},
		{Long: "runtime-opt", Into: &o.RuntimeOpts, Help: "Option for the runtime, after its command; can be repeated"},
		{Long: "restore-arg", Hidden: true, Into: &o.RuntimeOpts},
		{Long: "no-new-keyring", Into: &o.NoNewKeyring, Help: "Have the runtime make no session keyring"},
		{Long: "no-pivot", Into: &o.NoPivot, Help: "Have the runtime not use pivot_root"},
		{Long: "systemd-cgroup", Short: 's', Into: &o.SystemdCgroup, Help: "Have the runtime make cgroups through systemd"},
	}
}

func (o *Options) stdio() []goption.Option {
	return []goption.Option{
		{Long: "stdin", Short: 'i', Into: &o.Stdin, Help: "Give the container a standard input"},
		{Long: "terminal", Short: 't', Into: &o.Terminal, Help: "Give the container a terminal"},
		{Long: "leave-stdin-open", Into: &o.LeaveStdinOpen, Help: "Keep standard input open when a client closes its own"},
		{Long: "full-attach", Into: &o.FullAttach, Help: "Have the attach socket in the bundle only; --socket-dir-path is ignored"},
		{Long: "socket-dir-path", Into: &o.SocketDir, Help: "Directory for links to attach sockets (default: " + defaultSocketDir + ")"},
	}
}

func (o *Options) log() []goption.Option {
	return []goption.Option{
		{Long: "log-path", Short: 'l', Into: &o.logPaths, Help: "Log driver: k8s-file:PATH, journald, passthrough, none; can be repeated"},
		{Long: "log-size-max", Into: &o.LogSizeMax, Help: "Size in bytes at which a log file is begun anew"},
		{Long: "log-global-size-max", Into: &o.LogGlobalSizeMax, Help: "Size in bytes of all log output, after which it is dropped"},
		{Long: "log-rotate", Into: &o.LogRotate, Help: "Keep the former log files instead of beginning the one anew"},
		{Long: "log-max-files", Into: &o.LogMaxFiles, Help: "Number of former log files to keep, with --log-rotate (default: 1)"},
		{Long: "log-allowlist-dir", Into: &o.LogAllowlist, Help: "Directory that a log file has to be in; can be repeated"},
		{Long: "log-tag", Into: &o.LogTag, Given: &o.given.tag, Help: "Tag for the journal"},
		{Long: "log-label", Into: &o.LogLabels, Help: "Further field for the journal, LABEL=VALUE; can be repeated"},
		{Long: "no-container-partial-message", Into: &o.NoPartialMessage, Help: "Do not mark entries of journald that are part of a line"},
		{Long: "no-sync-log", Into: &o.NoSyncLog, Help: "Do not sync the log file to disk at the end"},
	}
}

func (o *Options) diagnostics() []goption.Option {
	return []goption.Option{
		{Long: "log-level", Into: &o.logLevel, Given: &o.given.level, Help: "What to say of itself: error, warn, info, debug, trace (default: warn)"},
		{Long: "syslog", Into: &o.Syslog, Help: "Say it to syslog too"},
		{Long: "version", Into: &o.version, Help: "Print the version and end"},
	}
}

func (o *Options) end() []goption.Option {
	return []goption.Option{
		{Long: "exit-command", Into: &o.ExitCommand, Help: "Program to run when the container has ended"},
		{Long: "exit-command-arg", Into: &o.ExitArgs, Help: "Argument for the exit command; can be repeated"},
		{Long: "exit-delay", Into: &o.ExitDelay, Help: "Seconds to wait before the exit command"},
		{Long: "exit-dir", Into: &o.ExitDir, Help: "Directory for the exit code, in a file named after the container"},
		{Long: "persist-dir", Short: '0', Into: &o.PersistDir, Help: "Directory for the files exit and oom, which outlive the container"},
		{Long: "timeout", Short: 'T', Into: &o.Timeout, Help: "Seconds after which the container is killed"},
	}
}

func (o *Options) process() []goption.Option {
	return []goption.Option{
		{Long: "sync", Into: &o.Sync, Help: "Stay in the foreground and end with the exit code of the container"},
		{Long: "sdnotify-socket", Into: &o.SDNotifySocket, Help: "Socket of the manager, to which notifications of the container are relayed"},
		{Long: "replace-listen-pid", Into: &o.ReplaceListenPID, Help: "Set $LISTEN_PID to the PID of the runtime"},
	}
}
