package engine

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/unitmon/unitmon/internal/engine/wire"
	"github.com/unitmon/unitmon/internal/sys"
)

// StageVar is the environment variable by which a process knows what it is; it
// is never handed on. StageMonitor and StageRuntime are its values, the
// engine's own process has none.
const (
	StageVar     = "_UNITMON_STAGE"
	StageMonitor = "monitor"
	StageRuntime = "runtime"
)

// runtimeVars are set for the monitor alone: one processor is enough for one
// thread, and the runtime's signals would only disturb it.
var runtimeVars = [...]string{"GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1"}

// forMonitor is the environment of the monitor.
func forMonitor(environ []string) []string {
	env := append([]string{StageVar + "=" + StageMonitor}, environ...)
	for _, v := range runtimeVars {
		name, _, _ := strings.Cut(v, "=")
		if !has(environ, name) {
			env = append(env, v, "_UNITMON_"+name+"=unset")
		}
	}
	return env
}

// fromEngine is the environment that the engine gave, of the monitor's.
func fromEngine(environ []string) []string {
	drop := []string{StageVar}
	for _, v := range runtimeVars {
		name, _, _ := strings.Cut(v, "=")
		if has(environ, "_UNITMON_"+name) {
			drop = append(drop, name, "_UNITMON_"+name)
		}
	}
	return sys.Without(environ, drop)
}

// lookup returns the value of the first variable of a name, as getenv(3) does.
func lookup(environ []string, name string) (value string, ok bool) {
	for _, v := range environ {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

func has(environ []string, name string) bool {
	_, ok := lookup(environ, name)
	return ok
}

// self is the path of this program. It is that by which the process is known:
// /proc/self/exe itself would make its name "exe".
func self() string {
	path, err := os.Readlink("/proc/self/exe")
	if err != nil || !filepath.IsAbs(path) {
		return "/proc/self/exe"
	}
	if _, err := os.Stat(path); err != nil { // replaced meanwhile, unlink(2)
		return "/proc/self/exe"
	}
	return path
}

// Name is that of the process, which engines and test suites look for.
const Name = "conmon"

// RunRuntime is StageRuntime: it executes the runtime with LISTEN_PID naming the
// process that does, sd_listen_fds(3). It returns only on failure.
func RunRuntime(argv, environ []string) error {
	env := wire.WithListenPID(sys.Without(environ, []string{StageVar}), os.Getpid())
	return sys.Exec(argv[0], argv, env)
}
