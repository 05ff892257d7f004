package attach

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// helperVar makes the test binary a helper.
const helperVar = "UNITMON_ATTACH_HELPER"

func TestMain(m *testing.M) {
	if name := os.Getenv(helperVar); name != "" {
		os.Exit(help(name))
	}
	os.Exit(m.Run())
}

// errReturned is the error that helpers return.
var errReturned = errors.New("returned")

// helpers are what runs while the helper's stdin is in a mode.
var helpers = map[string]func(context.Context, *Terminal) error{
	"return": func(context.Context, *Terminal) error {
		fmt.Println("in")
		return errReturned
	},
	"wait": func(ctx context.Context, _ *Terminal) error {
		fmt.Println("in")
		<-ctx.Done()
		return nil
	},
	"deaf": func(ctx context.Context, _ *Terminal) error {
		fmt.Println("in")
		<-ctx.Done()
		fmt.Println("ended")
		select {}
	},
	"panic": func(context.Context, *Terminal) error {
		fmt.Println("in")
		awaitKey()
		panic("lost")
	},
	"guarded": func(ctx context.Context, t *Terminal) error {
		go func() {
			defer t.Guard()
			fmt.Println("in")
			awaitKey()
			panic("lost")
		}()
		<-ctx.Done()
		return nil
	},
	"sizes": func(ctx context.Context, t *Terminal) error {
		fmt.Println(t.Size())
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-t.Resized():
				fmt.Println(t.Size())
			}
		}
	},
}

// awaitKey waits until a byte is typed, which needs no Enter in raw mode.
func awaitKey() { _, _ = os.Stdin.Read(make([]byte, 1)) }

// help runs one helper and returns its exit code.
func help(name string) int {
	mode := Mode{Raw: true, Ends: []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT}}
	switch name {
	case "cooked":
		mode, name = Mode{}, "return"
	case "background":
		stop, err := foreground()
		if err != nil {
			fmt.Println(err)
			return 1
		}
		defer stop()
		name = "return"
	}
	err := WithTerminal(context.Background(), os.Stdin, mode, helpers[name])
	var ended *SignalError
	switch {
	case errors.As(err, &ended):
		sig, _ := ended.Signal.(syscall.Signal)
		return 100 + int(sig)
	case errors.Is(err, errReturned):
		return 3
	}
	fmt.Println(err)
	return 1
}

// foreground starts a program that has the terminal from then on.
func foreground() (stop func(), err error) {
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Foreground: true, Ctty: 0, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}, nil
}
