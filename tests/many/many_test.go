package many

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/kit"
)

// slice is where the containers are by default.
const slice = "unitmon.slice"

// silent is a container that says nothing and ends when it is asked to: the init
// of a pid namespace ignores a signal that it has no handler for.
const silent = "trap exit TERM; sleep infinity & wait"

// startMany starts n containers that are silent, four at a time.
func startMany(tb testing.TB, n int) []string {
	tb.Helper()
	tb.Cleanup(func() { kit.Run(tb, "systemctl", "stop", slice) })
	names := make(chan string)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for name := range names {
				if r := kit.Unitmon(tb, "run", "-d", name, "--", "sh", "-c", silent); r.Code != 0 {
					tb.Errorf("run %s: %+v", name, r)
				}
			}
		})
	}
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("many-%03d", i))
		names <- list[i]
	}
	close(names)
	wg.Wait()
	kit.Settle(tb)
	return list
}

// TestMany: 200 containers at once; none has a process of ours while it is
// silent, all are listed, and all end with their slice, with nothing left.
func TestMany(t *testing.T) {
	list := startMany(t, 200)
	if left := kit.Ours(t); len(left) > 0 {
		t.Errorf("%d processes of ours for silent containers, the first: %v", len(left), left[0])
	}
	var told []struct{ Name, ActiveState, SubState string }
	if err := json.Unmarshal([]byte(kit.OK(t, "unitmon", "ps", "--json")), &told); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range told {
		names = append(names, c.Name)
		if c.ActiveState != "active" || c.SubState != "running" {
			t.Errorf("%s is %s (%s)", c.Name, c.ActiveState, c.SubState)
		}
	}
	if !slices.Equal(names, list) {
		t.Errorf("ps lists %d containers: %q", len(names), names)
	}
	for _, name := range []string{list[0], list[199]} {
		if out := kit.OK(t, "unitmon", "status", name); !strings.Contains(out, name) {
			t.Errorf("status of %s: %q", name, out)
		}
	}
	kit.OK(t, "systemctl", "stop", slice)
	allGone(t)
}

// allGone fails the test if a unit, a directory, a control group or a process of
// any container is left.
func allGone(tb testing.TB) {
	tb.Helper()
	if out := kit.OK(tb, "systemctl", "list-units", "--all", "--plain", "--no-legend", "unitmon-many-*", "unitmon-relay-*"); out != "" {
		tb.Errorf("units are left:\n%s", out)
	}
	if dirs, err := filepath.Glob("/run/unitmon/[^.]*"); err != nil || len(dirs) > 0 {
		tb.Errorf("directories are left: %q %v", dirs, err)
	}
	if groups, err := filepath.Glob("/sys/fs/cgroup/unitmon.slice/*.service"); err != nil || len(groups) > 0 {
		tb.Errorf("control groups are left: %q %v", groups, err)
	}
	for _, p := range kit.Processes(tb) {
		if strings.HasPrefix(p.Exe, "unitmon") || slices.Contains(p.Args, "infinity") {
			tb.Errorf("process %d is left: %q", p.PID, p.Args)
		}
	}
}

// BenchmarkMany prints how long unitmon takes to tell about 200 containers, and
// the manager to stop them all; the least and the median of ten calls.
func BenchmarkMany(b *testing.B) {
	list := startMany(b, 200)
	for _, args := range [][]string{
		{"ps"}, {"ps", "--json"}, {"status", "--no-logs", list[100]}, {"status", list[100]},
	} {
		var took []time.Duration
		for range 10 {
			begin := time.Now()
			if r := kit.Unitmon(b, args...); r.Code != 0 {
				b.Fatalf("%q: %+v", args, r)
			}
			took = append(took, time.Since(begin))
		}
		slices.Sort(took)
		fmt.Printf("unitmon %-28s %6.1f / %.1f ms\n", strings.Join(args, " "), ms(took[0]), ms(took[5]))
	}
	begin := time.Now()
	kit.OK(b, "systemctl", "stop", slice)
	fmt.Printf("systemctl stop %-21s %6.0f ms\n", slice, ms(time.Since(begin)))
	allGone(b)
	b.ReportMetric(0, "ns/op") // of this function, which means nothing
	_ = os.Stdout.Sync()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
