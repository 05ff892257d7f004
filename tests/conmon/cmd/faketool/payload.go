package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// payloads are containers that a shell script cannot be without a race.
var payloads = map[string]func(){"sizes": sizes, "size": size, "signals": signals}

// sizes writes the terminal's size whenever that changes, and ends with 3 when
// it is 3 by 3.
func sizes() {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, unix.SIGWINCH)
	fmt.Println("ready")
	for range changed {
		size, err := unix.IoctlGetWinsize(0, unix.TIOCGWINSZ)
		if err != nil {
			fail(err)
		}
		// Nobody's garbage: an application may take the pixels for true.
		fmt.Println(size.Row, size.Col, size.Xpixel, size.Ypixel)
		if size.Row == 3 && size.Col == 3 {
			os.Exit(3)
		}
	}
}

// size writes the terminal's size as soon as it has one, and the line that is
// typed then. It ends with 3.
func size() {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, unix.SIGWINCH)
	for {
		size, err := unix.IoctlGetWinsize(0, unix.TIOCGWINSZ)
		if err != nil {
			fail(err)
		}
		if size.Row > 0 {
			fmt.Println(size.Row, size.Col)
			break
		}
		<-changed
	}
	var word string
	if _, err := fmt.Scanln(&word); err != nil {
		fail(err)
	}
	fmt.Println("got", word)
	os.Exit(3)
}

// signals writes the first signal's name and ends with 100 and its number.
func signals() {
	got := make(chan os.Signal, 1)
	signal.Notify(got, unix.SIGTERM, unix.SIGINT, unix.SIGQUIT, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2)
	fmt.Println("ready")
	sig := (<-got).(syscall.Signal)
	fmt.Println(unix.SignalName(sig))
	os.Exit(100 + int(sig))
}
