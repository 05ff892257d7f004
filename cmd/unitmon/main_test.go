package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/oci"
)

func TestCommand(t *testing.T) {
	for _, c := range [][2][]string{
		{nil, nil},
		{{"--"}, {}},
		{{"sh", "-c", "x"}, {"sh", "-c", "x"}},
		{{"--", "sh", "--", "y"}, {"sh", "--", "y"}},
		{{"--", "--"}, {"--"}},
	} {
		if got := command(c[0]); !slices.Equal(got, c[1]) {
			t.Errorf("%q: %q, want %q", c[0], got, c[1])
		}
	}
}

// parse parses a command line of "unitmon run" and completes it.
func parse(args ...string) (*runOptions, error) {
	o := new(runOptions)
	cmd := &cobra.Command{SilenceUsage: true, SilenceErrors: true, RunE: func(_ *cobra.Command, args []string) error {
		o.Name, o.OCI.Args = args[0], command(args[1:])
		return o.complete()
	}}
	o.flags(cmd)
	cmd.SetArgs(args)
	return o, cmd.Execute()
}

func TestRun_Parse(t *testing.T) {
	o, err := parse("-d", "-e", "A=b,c", "-e", "D", "--label", "k=v=w", "-p", "Nice=1", "-v", "/a:/b:ro", "--stop-timeout", "1min 30s",
		"--relay-idle", "never", "--stdio", "journal", "web", "--", "sh", "-c", "--detach")
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s %q %q %v %q %q %s %s %s %t %t", o.Name, o.OCI.Args, o.OCI.Env, o.OCI.Labels, o.Properties, o.OCI.Volumes,
		o.StopTimeout, o.RelayIdle, o.Stdio, o.detach, o.Gated)
	const want = `web ["sh" "-c" "--detach"] ["A=b,c" "D"] map[k:v=w] ["Nice=1"] ["/a:/b:ro"] 1m30s -1ms journal true false`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestRun_ParseAfterName: options after NAME are the container's.
func TestRun_ParseAfterName(t *testing.T) {
	o, err := parse("web", "ls", "-l", "--rm")
	if err != nil || !slices.Equal(o.OCI.Args, []string{"ls", "-l", "--rm"}) {
		t.Errorf("%q, %v", o.OCI.Args, err)
	}
	if o.StopTimeout != 10*time.Second || o.RelayIdle != 30*time.Second || !o.Gated {
		t.Errorf("defaults: %s %s %t", o.StopTimeout, o.RelayIdle, o.Gated)
	}
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "a\nb": "a; b", "a\tb\x1b[m\x7f": `a\x09b\x1b[m\x7f`, "ä": "ä", "": "",
	} {
		if got := oneLine(errors.New(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := oneLine(errors.Join(errors.New("a"), errors.New("b"))); got != "a; b" {
		t.Errorf("joined: %q", got)
	}
}

func TestInside(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
	}{
		{errors.New("x"), 125},
		{&oci.Error{Runtime: "runc", Verb: "create", Message: `exec: "x": executable file not found in $PATH`}, 127},
		{&oci.Error{Runtime: "runc", Verb: "create", Message: `exec: "x": permission denied`}, 126},
		{&oci.Error{Runtime: "runc", Verb: "kill", Message: `exec: "x": permission denied`}, 125},
	} {
		var code codeError
		if err := inside("web", c.err); !errors.As(err, &code) || code.code != c.code || !strings.Contains(err.Error(), "container web: ") {
			t.Errorf("%v: %v, want %d", c.err, err, c.code)
		}
	}
	if err := inside("web", nil); err != nil {
		t.Error(err)
	}
	if err := inside("web", codeError{3, nil}); err != (codeError{3, nil}) {
		t.Errorf("the container's own exit: %v", err)
	}
}

// TestRun_Usage: mistakes that need no machine end with 125 and one line.
func TestRun_Usage(t *testing.T) {
	for _, args := range [][]string{{"run"}, {"nosuch"}, {"run", "-it", "alpine"}, {"stop"}, {"launch", "a/b"}, {"ps", "x"}} {
		code, text := capture(t, args...)
		if code != 125 || !strings.HasPrefix(text, "unitmon: ") || strings.Count(text, "\n") != 1 {
			t.Errorf("%q: %d, %q", args, code, text)
		}
	}
}

// capture runs a command line in this process.
func capture(t *testing.T, args ...string) (code int, stderr string) {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	old := os.Stderr
	os.Stderr = f
	code = run(context.Background(), args)
	os.Stderr = old
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return code, string(data)
}
