// Unitmon-relay moves the output of one container from its FIFOs to the
// journal and to the clients that follow it. Its socket unit starts it when
// there is something to do, and it may be killed at any time.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "unitmon-relay:", err)
		os.Exit(1)
	}
}

// errUsage is what a person gets who starts the relay by hand.
var errUsage = errors.New("usage: unitmon-relay [--user-manager] NAME (started by the socket unit of container NAME)")

// parse reads the command line.
func parse(args []string) (name string, user bool, err error) {
	if len(args) > 0 && args[0] == "--user-manager" {
		user, args = true, args[1:]
	}
	if len(args) != 1 {
		return "", false, errUsage
	}
	return args[0], user, nil
}
