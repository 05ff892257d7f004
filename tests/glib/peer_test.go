package glib

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience bounds every program that a test runs. It is no expectation.
const patience = 100 * time.Second

// run runs a program to its end, under a locale with UTF-8.
func run(t *testing.T, stdin []byte, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() < 0 {
		t.Fatalf("%q: %v", args, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// build compiles testdata/goption.c.
func build(t *testing.T) (program string) {
	t.Helper()
	flags, errs, code := run(t, nil, "pkg-config", "--cflags", "--libs", "glib-2.0")
	if code != 0 {
		t.Fatalf("pkg-config: %s (see hack/setup)", errs)
	}
	program = filepath.Join(t.TempDir(), "goption")
	args := append([]string{"gcc", "-Wall", "-Wextra", "-Werror", "-O1", "-o", program, "testdata/goption.c"}, strings.Fields(flags)...)
	if _, errs, code := run(t, nil, args...); code != 0 {
		t.Fatalf("%s:\n%s", strings.Join(args, " "), errs)
	}
	return program
}

// ask returns what GLib makes of command lines, in the format of goption.c.
func ask(t *testing.T, program string, lines [][]string) []string {
	t.Helper()
	var in bytes.Buffer
	for _, words := range lines {
		fmt.Fprintln(&in, len(words))
		for _, w := range words {
			in.WriteString(w + "\x00")
		}
	}
	out, errs, code := run(t, in.Bytes(), program)
	answers := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	if code != 0 || len(answers) != len(lines) {
		t.Fatalf("%s: exit code %d, %d answers to %d lines: %s", program, code, len(answers), len(lines), errs)
	}
	return answers
}
