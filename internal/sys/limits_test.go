package sys

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// The limits of this process are what setting them again leaves.
func TestLimits(t *testing.T) {
	before, err := LimitsOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	var core unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &core); err != nil || before[unix.RLIMIT_CORE] != core {
		t.Errorf("RLIMIT_CORE is %v (%v), want %v", before[unix.RLIMIT_CORE], err, core)
	}
	lower := before
	lower[unix.RLIMIT_CORE].Cur = 0
	if err := lower.Set(); err != nil {
		t.Fatal(err)
	}
	if now, err := LimitsOf(0); err != nil || now != lower {
		t.Errorf("limits are %v (%v), want %v", now, err, lower)
	}
	if err := before.Set(); err != nil {
		t.Error(err)
	}
}

func TestLimitsOf_Nobody(t *testing.T) {
	if _, err := LimitsOf(1 << 30); !IsErrno(err, ESRCH) {
		t.Errorf("error %v, want ESRCH", err)
	}
}
