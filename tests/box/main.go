package box

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Main is TestMain for a package whose tests need systemd. Called outside a
// box it boots one, runs this same test binary in it as root with the same
// flags and in the same directory, and takes it down; called inside, it runs
// the tests. It does not return. A box that does not boot is a failure, never
// a skip. At most one Options is taken.
//
// The tests run with /tmp empty, the module's directory read-only, no network
// but lo, and with the variables of the environment outside that begin with
// UNITMON_, and GORACE, GODEBUG, GOTRACEBACK. The go command does not cache
// their results.
func Main(m *testing.M, with ...Options) {
	Stage()
	if Inside() {
		os.Exit(m.Run())
	}
	var o Options
	if len(with) > 0 {
		o = with[0]
	}
	status, err := mainOutside(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		status = 1
	}
	os.Exit(status)
}

// testBinary is where a box shows the test binary, whose own place may be
// hidden.
const testBinary = ownDir + "/test/"

// mainOutside runs this test binary in a box and returns its exit status.
func mainOutside(o Options) (status int, err error) {
	exe, err := os.Executable()
	if err != nil {
		return 0, err
	}
	dir, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	inner := testBinary + filepath.Base(exe)
	args, dirs := innerArgs(os.Args[1:])
	root, err := moduleRoot()
	if err != nil {
		return 0, err
	}
	o.Binds = append(o.Binds, Bind{Source: root}, Bind{Source: exe, Target: inner})
	for _, d := range dirs {
		o.Binds = append(o.Binds, Bind{Source: d, Writable: true})
	}
	b, err := Boot(context.Background(), o)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	res, err := b.Run(context.Background(), Cmd{
		Args: append([]string{inner}, args...), Dir: dir, Env: innerEnv(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	if res.Signal != 0 {
		err = errors.Join(err, fmt.Errorf("tests in box: killed by %v", res.Signal))
	}
	return res.Status, err
}

// innerArgs returns the arguments for the binary inside, and the directories
// it writes profiles to. The log of files and variables that the go command
// reads for its cache is left out: its absence says "do not cache".
func innerArgs(args []string) (inner, dirs []string) {
	for _, arg := range args {
		name, value, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		switch name {
		case "test.testlogfile":
			continue
		case "test.outputdir", "test.gocoverdir":
			dirs = append(dirs, value)
		}
		inner = append(inner, arg)
	}
	return inner, dirs
}

// innerEnv returns the variables that reach the tests inside.
func innerEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "GORACE", "GODEBUG", "GOTRACEBACK":
			env = append(env, kv)
		default:
			if strings.HasPrefix(name, "UNITMON_") {
				env = append(env, kv)
			}
		}
	}
	return env
}
