// Guest does for the tests what a busybox cannot, in a container and outside.
//
//	guest notify LINE...   sends one datagram of these lines to $NOTIFY_SOCKET
//	guest listen           answers one connection to the socket that was passed as descriptor 3
//	guest dial PATH        writes what a socket says
//	guest size             writes the terminal's size, at once and at every change
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "guest:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no verb")
	}
	switch args[0] {
	case "notify":
		return notify(args[1:])
	case "listen":
		return listen()
	case "dial":
		return dial(args[1:])
	case "size":
		return size()
	}
	return fmt.Errorf("verb %q is not known", args[0])
}

// notify is sd_notify(3), without what needs the manager's own library.
func notify(lines []string) error {
	c, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.WriteString(c, strings.Join(lines, "\n"))
	return err
}

// listen says what sd_listen_fds(3) would see and answers one connection.
func listen() error {
	fmt.Printf("LISTEN_FDS=%s LISTEN_PID=%s\n", os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_PID"))
	l, err := net.FileListener(os.NewFile(3, "passed"))
	if err != nil {
		return err
	}
	c, err := l.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.WriteString(c, "hello from the container\n")
	return err
}

// dial connects to a stream socket and writes what comes until its end.
func dial(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("dial: one path")
	}
	c, err := net.Dial("unix", args[0])
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.Copy(os.Stdout, c)
	return err
}

// size returns when it is interrupted.
func size() error {
	changed := make(chan os.Signal, 8)
	signal.Notify(changed, syscall.SIGWINCH, syscall.SIGINT)
	for {
		cols, rows, err := term.GetSize(0)
		if err != nil {
			return err
		}
		fmt.Printf("size %d %d\n", rows, cols)
		if <-changed == syscall.SIGINT {
			return nil
		}
	}
}
