package oci

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
)

// quirks are the ways in which a runtime differs from the common command line:
//
//	RUNTIME [--root DIR] [--systemd-cgroup] [ARG…] [--log FILE --log-format json] VERB [FLAG…] ID
//
// Seen with runc 1.1.5 and 1.1.15, crun 1.8.1 and 1.21, runsc 0.0~20221219.
type quirks struct {
	name string

	// lacks are verbs that no version of the runtime has, or that do harm.
	lacks []string
	// optional are verbs that some builds lack, and say so on stderr only.
	optional []string
	// flags are further global arguments, which the caller's own overrule.
	flags func(*Runtime) []string
	// noFiles says that exec cannot hand descriptors over (--preserve-fds).
	noFiles bool
	// guestPIDs says that the processes of a container have pids of its own,
	// which are not the host's: ps tells those, exec writes them to a file of
	// its own, and kill takes them.
	guestPIDs bool
	// killsRunning says that kill refuses a container that is not running.
	killsRunning bool
	// endsResumed says that a paused container that was checkpointed ends when it
	// is resumed.
	endsResumed bool
	// staleState says that state tells of a dead container that it is there:
	// of a created or paused one for ever, of a running one until its parent
	// has reaped it.
	staleState bool
	// readsAll says that a mount for reading has nothing below it to write to,
	// and that the option for that, "rro", is not known.
	readsAll bool
	// foreignUsage says that stats have the machine's processor time and the
	// limit 0 when the runtime does not manage control groups.
	foreignUsage bool

	// rootless are arguments for a caller who is not root.
	rootless []string
	// probe finds out what would make every container fail, and says why.
	// version is what --version printed.
	probe func(ctx context.Context, version string) error
}

// known is the table of runtimes, the order of preference first. crun is
// preferred: its create takes a quarter of the time of runc's.
func known() []quirks {
	return []quirks{
		{name: "crun", probe: probeCrun, lacks: []string{"events"}, optional: []string{"restore"}},
		{name: "runc"},
		{
			name: "runsc", rootless: []string{"--rootless"}, flags: runscFlags,
			noFiles: true, guestPIDs: true, killsRunning: true, endsResumed: true, staleState: true, foreignUsage: true, readsAll: true,
		},
	}
}

// quirksOf finds the entry for a program: "runc" for runc, runc-1.2 and
// /opt/runc.real. One that is not in the table is called in the common way.
func quirksOf(path string) quirks {
	base := filepath.Base(path)
	for _, q := range known() {
		rest, ok := strings.CutPrefix(base, q.name)
		if ok && (rest == "" || rest[0] == '-' || rest[0] == '.') {
			return q
		}
	}
	return quirks{name: base}
}

// preferred are the names that [Find] tries.
func preferred() []string { return []string{"crun", "runc"} }

// Exit codes of a container that could not be started, as of podman-run(1).
const (
	codeRuntime    = 125 // the runtime failed
	codeExecutable = 126 // the command cannot be executed
	codeNotFound   = 127 // the command does not exist
)

// exitTexts are regular expressions over the message of a failed create or
// start. Each was seen with the version named (tests/oci tries those of the
// runtimes at hand); order matters, the first match counts.
//
// What is found out only by execve(2) itself is not here: runc and crun have
// answered "start" by then, so a wrong format or a missing interpreter is the
// container's own exit, 1, with the reason on its stderr.
func exitTexts() []struct {
	text string
	code int
} {
	return []struct {
		text string
		code int
	}{
		{`exec: ".*": executable file not found in \$PATH`, codeNotFound},                             // runc 1.1.5, a name
		{`exec: ".*": stat .*: no such file or directory`, codeNotFound},                              // runc 1.1.5, a path
		{"executable file `.*` not found", codeNotFound},                                              // crun 1.8.1
		{`(failed to load .*|error finding executable .*): no such file or directory$`, codeNotFound}, // runsc 2022, a path and a name
		{`(failed to load .*|error finding executable .*): permission denied$`, codeExecutable},       // runsc 2022
		{`exec: ".*": (permission denied|is a directory)`, codeExecutable},                            // runc 1.1.5
		{`open executable: (Permission denied|Operation not perm)`, codeExecutable},                   // crun 1.8.1, file and directory
		{"the path `.*` exists but it is not executable", codeExecutable},                             // crun 1.21
		{"the path `.*` is not a regular file", codeExecutable},                                       // crun 1.21
		{`(?i)exec format error`, codeExecutable},                                                     // where execve's error is reported
	}
}

// ExitCode is [Error.ExitCode] for a text that has the runtime's words in it.
func ExitCode(message string) int {
	for _, e := range exitTexts() {
		if regexp.MustCompile(e.text).MatchString(message) {
			return e.code
		}
	}
	return codeRuntime
}

// sentinelOf recognises what callers branch on. crun tells the two apart only
// by the call that failed, so its texts are matched with their place in them.
func sentinelOf(message string) error {
	for _, e := range []struct {
		text string
		err  error
	}{
		{`container .*does not exist$`, ErrNotExist},                                                        // runc
		{`^error opening file .*/status.?: No such file or directory$`, ErrNotExist},                        // crun state, start, kill
		{`^cannot open directory .*: No such file or directory$`, ErrNotExist},                              // crun delete
		{`(loading (container|sandbox)( ".*")?: file does not exist|^FetchSpec failed)`, ErrNotExist},       // runsc
		{`(in state stopped|^connecting to control server at PID \d+: connection refused)$`, ErrNotRunning}, // runsc
		{`^cannot exec in a stopped container$|^container with id .* is not running$`, ErrNotRunning},       // runc exec, events
		{`in stopped state$`, ErrNotRunning},                                                                // runc checkpoint
		{`^(unknown command |No help topic for )|^Use "runsc flags" for a list of`, errors.ErrUnsupported},  // crun, runc, runsc
		{`checkpoint not supported when using hostinet$`, errors.ErrUnsupported},                            // runsc with --network=host
		{`criu.*(executable file not found|no such file or directory)`, errors.ErrUnsupported},              // runc checkpoint, restore
		{`^(container not running|cannot start a container that has stopped)$`, ErrNotRunning},              // runc kill
		{`^(open pidfd|kill container|container not running): No such process$`, ErrNotRunning},             // crun kill
		{`^container .* is not running$`, ErrNotRunning},                                                    // crun
		{`^(process already finished|no such process|unable to signal init: .*)$`, ErrNotRunning},           // runc, a race
	} {
		if regexp.MustCompile(e.text).MatchString(message) {
			return e.err
		}
	}
	return nil
}
