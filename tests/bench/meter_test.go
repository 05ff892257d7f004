package bench

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cgroupRoot is the box's own control group: everything in the box is below
// it, and what has ended stays in its sums.
const cgroupRoot = "/sys/fs/cgroup"

// The control groups of those who work for every unit.
const (
	managerGroup  = "init.scope"
	busGroup      = "system.slice/dbus.service"
	journaldGroup = "system.slice/systemd-journald.service"
)

// usage is CPU time, user and system, since some beginning or between two
// points. Rest is everything in the box that has no field of its own.
//
// It is read from cpu.stat of control groups, which counts threads and
// processes that have ended too; the sum of /proc/PID/task/*/schedstat does not,
// and a process CPU clock is gone with its process.
type usage struct{ All, Manager, Bus, Journald, Rest time.Duration }

// measure reads the counters. This process is not counted.
func measure(tb testing.TB) usage {
	tb.Helper()
	u := usage{
		All:      groupCPU(tb, "") - ownCPU(tb),
		Manager:  groupCPU(tb, managerGroup),
		Bus:      groupCPU(tb, busGroup),
		Journald: groupCPU(tb, journaldGroup),
	}
	u.Rest = u.All - u.Manager - u.Bus - u.Journald
	return u
}

// since is what was used between an earlier reading and u.
func (u usage) since(before usage) usage {
	return usage{
		u.All - before.All, u.Manager - before.Manager, u.Bus - before.Bus,
		u.Journald - before.Journald, u.Rest - before.Rest,
	}
}

// groupCPU is the CPU time of a control group and all below it; 0 if there is
// no such group.
func groupCPU(tb testing.TB, group string) time.Duration {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(cgroupRoot, group, "cpu.stat"))
	if errors.Is(err, fs.ErrNotExist) && group != "" {
		return 0
	}
	if err != nil {
		tb.Fatal(err)
	}
	d, ok := usageUsec(string(data))
	if !ok {
		tb.Fatalf("%s/cpu.stat has no usage_usec: %q", group, data)
	}
	return d
}

// usageUsec finds the total in a cpu.stat, cgroup-v2.rst.
func usageUsec(stat string) (time.Duration, bool) {
	for line := range strings.Lines(stat) {
		if value, ok := strings.CutPrefix(line, "usage_usec "); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return time.Duration(n) * time.Microsecond, err == nil
		}
	}
	return 0, false
}

// ownCPU is the CPU time of this process, without its children.
func ownCPU(tb testing.TB) time.Duration {
	tb.Helper()
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
		tb.Fatal(os.NewSyscallError("getrusage", err))
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}
