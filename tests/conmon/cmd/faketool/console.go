package main

import (
	"errors"
	"net"
	"os"
	"os/exec"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// terminal gives the command a terminal and the socket its master, as
// runc-create(8) describes it.
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
	conn, err := dial(socket)
	if err != nil {
		return err
	}
	_, _, err = conn.WriteMsgUnix([]byte(name), unix.UnixRights(int(master.Fd())), nil)
	return errors.Join(err, conn.Close())
}

// touch connects to the socket and leaves again, as a runtime does that fails
// between the two steps of its console.
func touch(socket string) error {
	conn, err := dial(socket)
	if err != nil {
		return err
	}
	return conn.Close()
}

func dial(socket string) (*net.UnixConn, error) {
	return net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
}
