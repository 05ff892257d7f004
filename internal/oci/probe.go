package oci

import (
	"context"
	"errors"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// capSysResource is CAP_SYS_RESOURCE of capabilities(7).
const capSysResource = 24

// probeCrun finds the one thing that is known to break crun for root: up to
// 1.13 it raises RLIMIT_MEMLOCK to infinity before it loads the device filter,
// which wants CAP_SYS_RESOURCE or a limit that is infinite already; later
// versions do not (https://github.com/containers/crun/issues/1388). For a user
// there is no device filter. Making a container to see could
// leave something behind.
func probeCrun(_ context.Context, version string) error {
	if os.Geteuid() != 0 || crunIgnoresMemlock(version) {
		return nil
	}
	status, err := readProc("/proc/self/status")
	if err != nil {
		return err
	}
	limits, err := readProc("/proc/self/limits")
	if err != nil {
		return err
	}
	if hasCapability(status, capSysResource) || memlockInfinite(limits) {
		return nil
	}
	return errors.New("would fail to raise RLIMIT_MEMLOCK: CAP_SYS_RESOURCE is missing")
}

// readProc reads a file of procfs, whose size is not known beforehand.
func readProc(path string) (string, error) {
	data, err := os.ReadFile(path)
	return string(data), err
}

// crunIgnoresMemlock is true for "crun version 1.14" and later.
func crunIgnoresMemlock(version string) bool {
	m := regexp.MustCompile(`version (\d+)\.(\d+)`).FindStringSubmatch(version)
	if m == nil {
		return false
	}
	major, err1 := strconv.Atoi(m[1])
	minor, err2 := strconv.Atoi(m[2])
	return err1 == nil && err2 == nil && (major > 1 || major == 1 && minor >= 14)
}

// hasCapability reads the effective set in the text of /proc/PID/status.
func hasCapability(status string, bit uint) bool {
	for line := range strings.Lines(status) {
		if set, ok := strings.CutPrefix(line, "CapEff:"); ok {
			n, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
			return err == nil && n&(1<<bit) != 0
		}
	}
	return false
}

// memlockInfinite reads the hard limit in the text of /proc/PID/limits.
func memlockInfinite(limits string) bool {
	for line := range strings.Lines(limits) {
		if rest, ok := strings.CutPrefix(line, "Max locked memory"); ok {
			f := strings.Fields(rest)
			return len(f) >= 2 && (f[1] == "unlimited" || f[1] == strconv.FormatUint(math.MaxUint64, 10))
		}
	}
	return false
}
