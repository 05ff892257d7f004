// Boxrun runs a command, or a login shell, in a private systemd that lives as
// long as the command; see package box.
//
//	go run ./tests/box/boxrun [-user NAME] [-journal] [-bind SRC[:DST]]... [COMMAND [ARGUMENT]...]
//
// It exits as the command does, with 128+N if signal N ended it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/unitmon/unitmon/tests/box"
)

func main() {
	box.Stage()
	status, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "boxrun:", err)
		status = 125
	}
	os.Exit(status)
}

func run(args []string) (int, error) {
	o := box.Options{Name: "box"}
	flags := flag.NewFlagSet("boxrun", flag.ExitOnError)
	flags.StringVar(&o.Name, "name", o.Name, "host name of the box")
	flags.StringVar(&o.User, "user", "", "create this user, and run the command as it")
	flags.BoolVar(&o.Journal, "journal", false, "keep the journal in /var/log/journal")
	flags.Func("bind", "show `SRC[:DST]` in the box", func(v string) error {
		source, target, _ := strings.Cut(v, ":")
		o.Binds = append(o.Binds, box.Bind{Source: source, Target: target})
		return nil
	})
	_ = flags.Parse(args) // ExitOnError
	dir, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	b, err := box.Boot(context.Background(), o)
	if err != nil {
		return 0, err
	}
	defer b.Close()
	return command(b, o.User, dir, flags.Args())
}

// command runs args in the box; without any, a shell on a terminal of the
// box's own, which systemd-run provides.
func command(b *box.Box, user, dir string, args []string) (int, error) {
	if len(args) == 0 {
		args = []string{
			"systemd-run", "--quiet", "--pty", "--wait", "--collect", "--same-dir",
			"--setenv=PATH", "--setenv=TERM", "--setenv=HOME", "/bin/bash",
		}
		if user != "" {
			args = append([]string{args[0], "--user"}, args[1:]...)
		}
	}
	res, err := b.Run(context.Background(), box.Cmd{
		Args: args, User: user, Dir: dir, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	if res.Signal != 0 {
		return 128 + int(res.Signal), err
	}
	return res.Status, err
}
