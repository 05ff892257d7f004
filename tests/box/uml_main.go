package box

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

// guestLimit bounds a guest of GuestMain, its builds included. The tests
// inside have their own, -timeout, which says where they are stuck.
const guestLimit = 10 * time.Minute

// GuestMain is TestMain for a package whose tests need limits on memory and
// processes: as [Main], but with a guest instead of a box. The tests in the
// guest are a build of their own, without the race detector, which does not
// run there; so the package need not be built with it either. Profiles are not
// kept.
func GuestMain(m *testing.M, with ...GuestOptions) {
	GuestStage()
	if Inside() {
		os.Exit(m.Run())
	}
	var o GuestOptions
	if len(with) > 0 {
		o = with[0]
	}
	res, err := testsInGuest(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		os.Exit(1)
	}
	if res.Signal != 0 {
		fmt.Fprintf(os.Stderr, "FAIL: tests in guest: killed by %v\n", res.Signal)
		os.Exit(1)
	}
	os.Exit(res.Status)
}

// testsInGuest runs this package's tests in a guest.
func testsInGuest(o GuestOptions) (Result, error) {
	dir, err := os.Getwd()
	if err != nil {
		return Result{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), guestLimit)
	defer cancel()
	args, _ := innerArgs(os.Args[1:])
	s, err := prepareGuest(o, Cmd{Args: append([]string{umlStageFile}, args...), Dir: dir, Env: innerEnv()})
	if err != nil {
		return Result{}, fmt.Errorf("guest: %w", err)
	}
	s.Test = dir
	return s.run(ctx, os.Stdout, os.Stderr)
}
