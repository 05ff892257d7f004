// Unitmon-generator makes the units of configured containers from their
// directories: drop-ins for the templates unitmon@.service and
// unitmon-relay@.service, and the links that [Install] asks for. The manager
// runs it at boot and at each reload, systemd.generator(7), and waits for it.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) != 4 && len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: unitmon-generator NORMAL-DIR [EARLY-DIR LATE-DIR] (run by systemd)")
		os.Exit(1)
	}
	// Whatever is wrong with a container, the boot goes on: a unit that cannot
	// work says so at its start.
	user := isUser(os.Args[0], os.Getenv("SYSTEMD_SCOPE"))
	g, err := newGenerator(os.Args[1], user)
	if err != nil {
		complain(user, err)
		return
	}
	for _, err := range g.run() {
		complain(user, err)
	}
}

// isUser reports whether this process makes units for a user's own manager: the
// manager says so since systemd 254; before, the place of the program does.
func isUser(program, scope string) bool {
	if scope != "" {
		return scope == "user"
	}
	return filepath.Base(filepath.Dir(program)) == "user-generators"
}

// complain writes one line for each error. The system's generators run before
// there is a journal that could read their stderr, so they use the kernel's log
// (kmsg; 4 is a warning).
func complain(user bool, err error) {
	for line := range strings.Lines(err.Error()) {
		line = "unitmon-generator: " + strings.TrimSuffix(line, "\n") + "\n"
		if user || appendLine("/dev/kmsg", "<4>"+line) != nil {
			fmt.Fprint(os.Stderr, line)
		}
	}
}

// appendLine writes to a file that is there: in a container there may be no
// kmsg, and none must be made.
func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}
