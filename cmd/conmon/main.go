// Conmon is a drop-in for conmon, the monitor that podman and CRI-O start for a
// container: the same options, messages, files and exit codes.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/unitmon/unitmon/internal/engine"
	"github.com/unitmon/unitmon/internal/engine/cli"
	"github.com/unitmon/unitmon/internal/engine/wire"
)

// init runs on the first thread, whose name is that of the process, and keeps
// main there: the kernel kills a runtime when the thread that started it ends.
func init() { runtime.LockOSThread() }

func main() { os.Exit(run()) }

func run() int {
	stage := os.Getenv(engine.StageVar)
	if stage == engine.StageRuntime {
		fmt.Fprintln(os.Stderr, engine.RunRuntime(os.Args, os.Environ()))
		return 127
	}
	if stage == engine.StageService {
		return engine.Serve()
	}
	o, err := cli.Parse(os.Args[0], os.Args[1:], os.Getenv)
	if err != nil {
		return quit(err)
	}
	diag := cli.NewDiag(o, os.Args[0], os.Stderr)
	if stage == engine.StageMonitor {
		return monitor(o, diag)
	}
	if err := o.Check(diag); err != nil {
		return quit(err)
	}
	endOnTerm()
	if err := engine.Launch(o, os.Args); err != nil {
		diag.Error(err.Error())
		return 1
	}
	return 0
}

// endOnTerm makes SIGTERM end the engine's process with code 1, as conmon does:
// it may wait for the start pipe for long.
func endOnTerm() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	go func() {
		<-c
		os.Exit(1)
	}()
}

// monitor is the second process. What there is to say about the command line was
// said by the first.
func monitor(o *cli.Options, diag *cli.Diag) int {
	inherited, err := wire.Inherited()
	if err != nil {
		return quit(err)
	}
	silent := *o
	silent.Syslog = false
	if err := o.Check(cli.NewDiag(&silent, os.Args[0], io.Discard)); err != nil {
		return quit(err)
	}
	return engine.Watch(o, diag, os.Environ(), inherited)
}

// quit prints what the command line makes us print, and returns the exit code.
func quit(err error) int {
	var e *cli.Exit
	if !errors.As(err, &e) {
		fmt.Fprintln(os.Stderr, "conmon:", err)
		return 1
	}
	fmt.Print(e.Stdout)
	fmt.Fprint(os.Stderr, e.Stderr)
	return e.Code
}
