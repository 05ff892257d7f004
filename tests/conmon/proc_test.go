package conmon

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// link is where a link of /proc/PID leads.
func link(pid int, name string) string {
	to, err := os.Readlink(fmt.Sprintf("/proc/%d/%s", pid, name))
	if err != nil {
		return err.Error()
	}
	return to
}

func session(t *testing.T, pid int) int {
	t.Helper()
	n, err := unix.Getsid(pid)
	must(t, err)
	return n
}

func group(t *testing.T, pid int) int {
	t.Helper()
	n, err := unix.Getpgid(pid)
	must(t, err)
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// kernelKnowsExits reports whether PIDFD_GET_INFO has exits: Linux 6.15.
func kernelKnowsExits() bool {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return false
	}
	var major, minor int
	_, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor)
	return err == nil && (major > 6 || major == 6 && minor >= 15)
}
