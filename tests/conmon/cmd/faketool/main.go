// Faketool is an OCI runtime that does what a plan says, for tests of monitors:
//
//	faketool [OPTION]... create|restore|exec [OPTION]... --pid-file FILE [--console-socket PATH] [OPTION]... ID
//	faketool exit-command [ARG]...
//	faketool size|sizes|signals
//
// The plan (tests/conmon/plan) is in the file that FAKETOOL_PLAN names. As
// runc-create(8) does, it starts a process in a session of its own, with a
// terminal if there is a console socket, writes its pid and ends; unlike that
// it starts it at once, without any container around it. With exit-command it
// records that it was called. Its own descriptors would be among those that it
// records, so Go is not to keep files of the control group open.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"github.com/unitmon/unitmon/tests/conmon/plan"
)

func main() {
	if len(os.Args) == 2 && payloads[os.Args[1]] != nil {
		payloads[os.Args[1]]()
		return
	}
	seen := look() // first, while no descriptor of its own is open
	p, err := plan.Read[plan.Plan](os.Getenv(plan.Variable))
	if err != nil {
		fail(err)
	}
	if len(os.Args) > 1 && os.Args[1] == plan.ExitVerb {
		os.Exit(exitCommand(p, seen))
	}
	at := slices.IndexFunc(os.Args, func(s string) bool { return s == "create" || s == "restore" || s == "exec" })
	if at < 0 {
		return
	}
	if err := record(p.Record, seen); err != nil {
		fail(err)
	}
	if err := serve(p, os.Args[at+1:]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "faketool:", err)
	os.Exit(1)
}

// serve is create, restore or exec with its arguments.
func serve(p plan.Plan, args []string) error {
	if p.Group > 0 {
		if _, err := syscall.Write(p.Group, []byte("0")); err != nil {
			return fmt.Errorf("cgroup.procs: %w", err)
		}
	}
	say(p)
	for p.Hang {
		_ = syscall.Pause()
	}
	if p.Status != 0 {
		if p.Console == "close" {
			if err := touch(value(args, "--console-socket")); err != nil {
				return err
			}
		}
		os.Exit(p.Status)
	}
	if err := drain(p.Gate); err != nil {
		return err
	}
	if err := start(p, value(args, "--pid-file"), value(args, "--console-socket")); err != nil {
		return err
	}
	return drain(p.Linger)
}

// say writes what the plan wants written, in pieces that a pipe takes whole.
func say(p plan.Plan) {
	fmt.Fprint(os.Stderr, p.Stderr)
	fill(os.Stderr, p.Fill)
	fill(os.Stdout, p.FillStdout)
}

func fill(f *os.File, n int) {
	for ; n > 0; n -= 4096 {
		fmt.Fprint(f, strings.Repeat("x", min(n, 4096)))
	}
}

// drain reads a file to its end.
func drain(path string) error {
	if path == "" {
		return nil
	}
	_, err := os.ReadFile(path)
	return err
}

// start starts the payload and writes the pid file.
func start(p plan.Plan, pidFile, console string) error {
	pid := p.PID
	if pid == 0 && len(p.Payload) > 0 {
		cmd := exec.Command(p.Payload[0], p.Payload[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if console != "" && p.Console == "" {
			if err := terminal(cmd, console); err != nil {
				return fmt.Errorf("console socket %s: %w", console, err)
			}
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		pid = cmd.Process.Pid
	}
	if p.NoPIDFile || pid == 0 {
		return nil
	}
	return os.WriteFile(pidFile, fmt.Append(nil, pid), 0o644)
}

// value returns what follows an option.
func value(args []string, option string) string {
	if i := slices.Index(args, option); i >= 0 && i+1 < len(args) {
		return args[i+1]
	}
	return ""
}
