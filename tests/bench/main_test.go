// Package bench measures what unitmon costs beside the programs that do a part
// of its work: runc(8), systemd-run(1), systemd-cat(1) and conmon(8). "make
// bench" runs it.
//
// Nothing here is a test of speed, and nothing fails for being slow: the tests
// see that what is measured is what it says. docs/performance.md has the
// method and a run's figures.
//
// Variables of the environment, all optional:
//
//   - UNITMON_BENCH_ROUNDS: rounds of the launch benchmarks, default 30; the
//     output benchmark has a fifteenth of it, and so have those beside conmon,
//     at least 1.
//   - UNITMON_BENCH_LINES: lines that each variant of the output and journal
//     benchmarks writes per round, default 200000.
//   - UNITMON_BENCH_MIB: MiB that go through a monitor per run, default 128 into
//     log files and 512 to clients.
//   - UNITMON_BENCH_FILES: rounds of the log file benchmark, default 31.
//   - UNITMON_BENCH_CONTAINERS: how many containers are many, default 50, and 200
//     where they are at rest.
//   - UNITMON_BENCH_DOORS: rounds of the benchmarks of single lives of a conmon,
//     default 100.
//   - UNITMON_BENCH_DISK: a directory of the machine for log files on a disk,
//     default /var/tmp.
//   - UNITMON_BENCH_SAMPLES: if not empty, every sample is printed too, in the
//     go command's benchmark format, for benchstat.
package bench

import (
	"cmp"
	"os"
	"strconv"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{
		Programs: []string{
			"./cmd/unitmon", "./cmd/unitmon-relay", "./cmd/conmon",
			"./tests/bench/cmd/payload", "./tests/bench/cmd/fakeruntime",
		},
		Binds: []box.Bind{{Source: cmp.Or(os.Getenv("UNITMON_BENCH_DISK"), "/var/tmp"), Target: disk, Writable: true}},
	})
}

// disk is where a directory of the machine is in the box; all else is a tmpfs.
const disk = "/opt/unitmon/disk"

// knob is a positive number from the environment.
func knob(tb testing.TB, name string, standard int) int {
	tb.Helper()
	text := os.Getenv(name)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		tb.Fatalf("%s=%s: not a number above 0", name, text)
	}
	return n
}

// launchRounds is the number of rounds of a launch benchmark.
func launchRounds(tb testing.TB) int {
	tb.Helper()
	return knob(tb, "UNITMON_BENCH_ROUNDS", 30)
}

// outputRounds is the number of rounds of the output benchmark.
func outputRounds(tb testing.TB) int {
	tb.Helper()
	return max(1, launchRounds(tb)/15)
}
