// Umlrun runs a command in a User Mode Linux guest with systemd as its PID 1,
// which lives as long as the command; see package box.
//
//	go run ./tests/box/umlrun [-memory MIB] [-timeout DURATION] COMMAND [ARGUMENT]...
//
// It exits as the command does, with 128+N if signal N ended it, and with 125 if
// there was no guest. Do not build it with the race detector.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/unitmon/unitmon/tests/box"
)

func main() {
	box.GuestStage()
	status, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "umlrun:", err)
		status = 125
	}
	os.Exit(status)
}

func run(args []string) (int, error) {
	var o box.GuestOptions
	flags := flag.NewFlagSet("umlrun", flag.ExitOnError)
	flags.Int64Var(&o.Memory, "memory", 0, "memory of the guest, in `MIB` (default 1024)")
	timeout := flags.Duration("timeout", 0, "end the guest after `DURATION` (default never)")
	_ = flags.Parse(args) // ExitOnError
	ctx := context.Background()
	if *timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *timeout)
		defer cancel()
	}
	dir, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	res, err := box.RunGuest(ctx, o, box.Cmd{
		Args: flags.Args(), Dir: dir, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	if res.Signal != 0 {
		res.Status = 128 + int(res.Signal)
	}
	return res.Status, err
}
