// Fakeruntime is an OCI runtime without containers, for monitors that are the
// parent of what they watch:
//
//	fakeruntime [OPTION]... create --bundle DIR --pid-file FILE [--console-socket PATH] ID
//
// It starts the command in DIR/payload, one argument per line, in a session of
// its own, in the control group directory that DIR/cgroup names, so that it can
// be told from the monitor. With a console socket the command gets a terminal
// and the socket its master, as runc-create(8) does it. Every other verb does
// nothing, successfully.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

func main() {
	at := slices.Index(os.Args, "create")
	if at < 0 {
		return
	}
	if err := create(os.Args[at+1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fakeruntime:", err)
		os.Exit(1)
	}
}

func create(args []string) error {
	flags := flag.NewFlagSet("create", flag.ContinueOnError)
	bundle := flags.String("bundle", ".", "")
	pidFile := flags.String("pid-file", "", "")
	console := flags.String("console-socket", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	cmd, err := command(*bundle)
	if err != nil {
		return err
	}
	if *console != "" {
		if err := terminal(cmd, *console); err != nil {
			return fmt.Errorf("console socket %s: %w", *console, err)
		}
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	return os.WriteFile(*pidFile, fmt.Append(nil, cmd.Process.Pid), 0o644)
}

// command is the payload of a bundle, in its control group.
func command(bundle string) (*exec.Cmd, error) {
	text, err := os.ReadFile(filepath.Join(bundle, "payload"))
	if err != nil {
		return nil, err
	}
	group, err := os.ReadFile(filepath.Join(bundle, "cgroup"))
	if err != nil {
		return nil, err
	}
	dir, err := os.Open(strings.TrimSpace(string(group)))
	if err != nil {
		return nil, err
	}
	args := strings.Split(strings.TrimSpace(string(text)), "\n")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Dir = bundle
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, UseCgroupFD: true, CgroupFD: int(dir.Fd())}
	return cmd, nil
}

// terminal gives the command a terminal and the socket its master.
func terminal(cmd *exec.Cmd, socket string) error {
	master, slave, err := pty.Open()
	if err != nil {
		return err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr.Setctty = true
	return send(socket, slave.Name(), master)
}

// send sends the master with its name.
func send(socket, name string, master *os.File) error {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return err
	}
	_, _, err = conn.WriteMsgUnix([]byte(name), unix.UnixRights(int(master.Fd())), nil)
	return errors.Join(err, conn.Close())
}
