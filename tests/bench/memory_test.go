package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// memory is what a process takes, in bytes, and its threads. See proc(5),
// /proc/PID/smaps_rollup and status.
type memory struct{ rss, pss, uss, pte, threads float64 }

func memoryColumns() []column {
	kb := func(name string, paired bool) column {
		return column{name: name, unit: "kB", raw: strings.ToLower(name) + "-B/op", per: 1 << 10, paired: paired, less: paired}
	}
	return []column{
		kb("RSS", true), kb("PSS", true), kb("USS", true), kb("VmPTE", false),
		{name: "threads", unit: "", raw: "threads/op", per: 1},
		{name: "processes", unit: "", raw: "processes/op", per: 1},
	}
}

// memoryOf reads a process's counters.
func memoryOf(tb testing.TB, pid int) memory {
	tb.Helper()
	rollup := counters(tb, fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	status := counters(tb, fmt.Sprintf("/proc/%d/status", pid))
	return memory{
		rss: rollup["Rss"], pss: rollup["Pss"], uss: rollup["Private_Clean"] + rollup["Private_Dirty"],
		pte: status["VmPTE"], threads: status["Threads"],
	}
}

// counters reads lines "Name: NUMBER [kB]".
func counters(tb testing.TB, path string) map[string]float64 {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	list := map[string]float64{}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		number, unit, _ := strings.Cut(strings.TrimSpace(value), " ")
		n, err := strconv.ParseFloat(number, 64)
		if err != nil {
			continue
		}
		if unit == "kB" {
			n *= 1 << 10
		}
		list[name] = n
	}
	return list
}

// restMany starts n containers that write one line and no more, and returns the
// average memory of their monitors. settle waits until a monitor has become
// what is to be measured.
func restMany(tb testing.TB, m monitor, n int, idle string, settle func(testing.TB, *running)) sample {
	tb.Helper()
	var all []*running
	var groups []string
	for range n {
		path := filepath.Join(shortDir(tb), "log")
		r := m.start(tb, job{payload: []string{"idle"}, log: log{driver: logFile, path: path}, idle: idle})
		r.open(tb)
		r.done(tb)
		awaitTail(tb, path, "R\n")
		all, groups = append(all, r), append(groups, r.group)
	}
	for _, r := range all {
		settle(tb, r)
	}
	slices.Sort(groups)
	var sum memory
	count := 0
	for _, g := range slices.Compact(groups) {
		for _, pid := range processes(g) {
			p := memoryOf(tb, pid)
			sum = memory{sum.rss + p.rss, sum.pss + p.pss, sum.uss + p.uss, sum.pte + p.pte, sum.threads + p.threads}
			count++
		}
	}
	for _, r := range all {
		r.stop(tb)
	}
	d := float64(n)
	return sample{sum.rss / d, sum.pss / d, sum.uss / d, sum.pte / d, sum.threads / d, float64(count) / d}
}

// memories are the benchmarks of monitors that have nothing to do.
func memories(tb testing.TB, counts ...int) []result {
	tb.Helper()
	all := newMonitors(tb)
	asIs := func(testing.TB, *running) {}
	left := func(tb testing.TB, r *running) {
		tb.Helper()
		kit.Await(tb, kit.Units(r.name)[1], "ActiveState=inactive", "ActiveState")
	}
	var list []result
	for _, n := range counts {
		rest := func(name string, m monitor, idle string, settle func(testing.TB, *running)) variant {
			return variant{name, func(tb testing.TB) sample {
				tb.Helper()
				return restMany(tb, m, n, idle, settle)
			}}
		}
		list = append(list, result{
			name:    fmt.Sprint(n),
			title:   fmt.Sprintf("memory of the monitors of %d containers at rest, per container", n),
			columns: memoryColumns(),
			variants: []variant{
				rest(all[byDebian].name, all[byDebian].monitor, "", asIs),
				rest("unitmon, relay stays", all[byRelay].monitor, "never", asIs),
				rest("unitmon, relay has left", all[byRelay].monitor, "100ms", left),
				rest(all[byConmon].name, all[byConmon].monitor, "", asIs),
			},
		})
	}
	return list
}

func TestMemories(t *testing.T) {
	for _, r := range memories(t, 2) {
		r.play(t, 1)
		r.succeeded(t)
		for i, v := range r.variants {
			want := []float64{1, 1, 0, 1}[i] // processes
			if s := r.samples[i][0]; s[5] != want || (s[0] > 0) != (want > 0) {
				t.Errorf("%s: %v", v.name, s)
			}
		}
	}
}

func TestCounters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "status")
	if err := os.WriteFile(path, []byte("Name:\tx\nVmPTE:\t      28 kB\nThreads:\t3\n55-ff ---p 00 00:00 0   [rollup]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := counters(t, path)
	if got["VmPTE"] != 28<<10 || got["Threads"] != 3 {
		t.Errorf("got %v", got)
	}
}

// containers is how many are many, unless somebody wants another number.
func containers(tb testing.TB, standard int) int {
	tb.Helper()
	return knob(tb, "UNITMON_BENCH_CONTAINERS", standard)
}

func BenchmarkMemory(b *testing.B) {
	most := containers(b, 200)
	counts := []int{1, 50, most}
	counts = slices.DeleteFunc(counts, func(n int) bool { return n > most })
	for _, r := range memories(b, slices.Compact(counts)...) {
		b.Run(r.name, func(b *testing.B) { r.bench(b, 1, 1) })
	}
}
