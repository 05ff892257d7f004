package glib

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/engine/cli"
)

// conmon is what it is compared with: Debian's, 2.1.6 or later.
const conmon = "/usr/bin/conmon"

// failures are command lines that conmon refuses before it does anything. They
// have no option that 2.1.6 does not know.
var failures = []string{
	"",
	"x y",
	"--zz",
	"-cx",
	"-c",
	"-cb A B",
	"-c x -T y",
	"--timeout= -c x",
	"--exit-delay=2147483648",
	"--log-size-max 9223372036854775808",
	"-c x --log-level nosuch",
	"-c x --log-level=",
	"-c x --log-level nosuch --restore r -e",
	"-c x --restore r -e",
	"-c x --restore= -e",
	"-c x --exec-attach",
	"-c x --exec-attach -e",
	"-c x --exec-attach -e --api-version=0",
	"-c x --exec-attach -e --api-version",
	"-c x",
	"-c= -e",
	"-c x -e",
	"-c x -u x",
	"-c x -u= --runtime=",
	"-c x -u x -r /nonexistent/runtime",
	"-c x -u x -r /dev/null",
	"-c x -u x -r /dev/null/x",
	"-c x -e -r /bin/true",
	"-c x -e -r /bin --api-version -u x",
	"-c x -e -r /bin/true --exit-delay -1",
	"-c x -u x -r /bin/true --exit-delay -1",
	"-c x -u x -r /bin/true",
	"-c x -u x -r /bin/true -l ",
	"-c x -u x -r /bin/true -l :",
	"-c x -u x -r /bin/true -l ::",
	"-c x -u x -r /bin/true -l k8s-file",
	"-c x -u x -r /bin/true -l k8s-file:",
	"-c x -u x -r /bin/true -l none -l json-file:x",
	"-c x -u x -r /bin/true -l x:",
	"-c x -u x -r /bin/true -l JOURNALD:x",
	"-c x -u x -r /bin/true -l k8s-file:/nonexistent/log",
	"-c x -u x -r /bin/true -l /nonexistent/log",
	"-c x -u x -r /bin/true -l :/dev",
	"-c x -u x -r /bin/true -l k8s-file:log --log-tag x",
	"-c x -u x -r /bin/true -l none -l log -l passthrough --log-tag=",
	"-c 123456789012 -u x -r /bin/true -l journald",
	"-c 123456789012 -u x -r /bin/true -l log --log-tag x -l journald:x",
	"-c x -u x -r /bin/true -l :none -l journald --log-tag x",
}

// TestConmon: the same words and the same exit code for every failure, and
// the same files.
func TestConmon(t *testing.T) {
	for _, line := range failures {
		t.Run(line, func(t *testing.T) {
			words := strings.Split(line, " ")
			t.Chdir(t.TempDir())
			out, errs, code := run(t, nil, append([]string{conmon}, words...)...)
			theirs := cli.Exit{Code: code, Stderr: asNewest(out, errs)}
			theirFiles := files(t)
			t.Chdir(t.TempDir())
			mine := refuse(t, words)
			if mine != theirs {
				t.Errorf("conmon %+v\nours   %+v", theirs, mine)
			}
			if myFiles := files(t); myFiles != theirFiles {
				t.Errorf("conmon makes %q, ours %q", theirFiles, myFiles)
			}
		})
	}
}

// TestConmon_Directory: a working directory that is gone.
func TestConmon_Directory(t *testing.T) {
	dir := t.TempDir() + "/gone"
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	words := strings.Split("-c x -u x -r /bin/true -b /b -p /p --exit-delay -1", " ")
	out, errs, code := run(t, nil, append([]string{conmon}, words...)...)
	if theirs, mine := (cli.Exit{Code: code, Stderr: asNewest(out, errs)}), refuse(t, words); mine != theirs {
		t.Errorf("conmon %+v\nours   %+v", theirs, mine)
	}
}

// asNewest turns what Debian's conmon prints into what 2.2.1 prints: that has
// a colon after the prefix of texts without a variable part too, and what is
// wrong with an option on standard error.
func asNewest(stdout, stderr string) string {
	if strings.HasPrefix(stdout, "conmon: option parsing failed: ") && stderr == "" {
		stdout, stderr = "", stdout
	}
	return stdout + strings.Replace(stderr, "[conmon:e] ", "[conmon:e]: ", 1)
}

// refuse returns how our program would end.
func refuse(t *testing.T, words []string) cli.Exit {
	t.Helper()
	var said strings.Builder
	o, err := cli.Parse(conmon, words, func(string) string { return "" })
	if err == nil {
		err = o.Check(cli.NewDiag(o, conmon, &said))
	}
	var exit *cli.Exit
	if !errors.As(err, &exit) {
		t.Fatalf("%q is accepted, error %v", words, err)
	}
	exit.Stderr = said.String() + exit.Stderr
	return *exit
}

// files lists the working directory. Modes are left out: 2.1.6 makes a log
// file with 0600, 2.2.1 with 0640.
func files(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	list := ""
	for _, e := range entries {
		list += e.Name() + "\n"
	}
	return list
}
