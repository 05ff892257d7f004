package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// gib is the unit of CPU time per data.
const gib = 1 << 30

// fileColumns are those of the k8s-file benchmark.
func fileColumns() []column {
	return []column{
		{name: "cpu", unit: "s/GiB", raw: "cpu-ns/GiB", per: 1e9, paired: true, less: true},
		{name: "wall", unit: "GiB/s", raw: "B/s", per: gib, paired: true},
		{name: "spurious P", unit: "records", raw: "partials/op", per: 1},
	}
}

// logDir is a directory for a log file, on the machine's disk or a tmpfs.
func logDir(tb testing.TB, onDisk bool) string {
	tb.Helper()
	if !onDisk {
		return shortDir(tb)
	}
	dir, err := os.MkdirTemp(disk, "unitmon-bench-")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// fileKind is a kind of log file: where it is, and the size at which it is begun
// anew, 0 for never.
type fileKind struct {
	onDisk bool
	max    int
}

// capped is the size of the smaller files. Their pages are used again and again,
// so that what a virtual machine's memory costs counts for less.
const capped = 32 << 20

func fileKinds() []fileKind {
	return []fileKind{{false, 0}, {true, 0}, {false, capped}, {true, capped}}
}

func (k fileKind) String() string {
	where := "tmpfs"
	if k.onDisk {
		where = "disk"
	}
	if k.max > 0 {
		where += fmt.Sprintf("-%dMiB", k.max>>20)
	}
	return where
}

// writeFile has a monitor log total bytes in lines of a size, and checks that
// all of it is in the log, if that has room for it.
func writeFile(tb testing.TB, m monitor, size, total int, kind fileKind) sample {
	tb.Helper()
	dir := logDir(tb, kind.onDisk)
	path := filepath.Join(dir, "log")
	r := m.start(tb, job{
		payload: []string{"lines", fmt.Sprint(size), fmt.Sprint(total)},
		log:     log{logFile, path, kind.max},
	})
	awaitTail(tb, path, "warm\n")
	touch(tb, total+total/2)
	before := r.cpu(tb)
	r.open(tb)
	wall := r.done(tb)
	awaitTail(tb, path, "last\n")
	cpu := r.cpu(tb) - before
	c, err := readLog(path)
	if err != nil {
		tb.Fatal(err)
	}
	if want := int64(total + len("warm\nlast\n")); kind.max == 0 && c.bytes != want {
		tb.Fatalf("%s: %d bytes are in the log, not %d", r.name, c.bytes, want)
	}
	r.stop(tb)
	if err := os.RemoveAll(dir); err != nil {
		tb.Fatal(err)
	}
	return sample{float64(cpu) * gib / float64(total), float64(total) / wall.Seconds(), float64(c.partials)}
}

// touch takes n bytes of memory and gives them back: a virtual machine's host may
// have taken away what is free, and whoever writes to it first pays for getting
// it again, which can be twice what a monitor costs.
func touch(tb testing.TB, n int) {
	tb.Helper()
	mem, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_POPULATE)
	if err == nil {
		err = syscall.Munmap(mem)
	}
	if err != nil {
		tb.Fatalf("touch %d bytes of memory: %v", n, err)
	}
}

// monitors are all, by their places below.
type monitors []struct {
	name string
	monitor
}

// The places of the monitors: Debian's conmon, the relay, and the conmon that is
// ours, which stays in the control group that it is started in.
const (
	byDebian = iota
	byRelay
	byConmon
)

func newMonitors(tb testing.TB) monitors {
	tb.Helper()
	return monitors{
		byDebian: {conmonName(), newConmon(tb, debianConmon)},
		byRelay:  {"unitmon", newUnitmon(tb)},
		byConmon: {"unitmon's conmon", newConmon(tb, ourConmon(tb), "UNITMON_UNIT=stay")},
	}
}

// each makes a variant of each monitor.
func (l monitors) each(run func(testing.TB, monitor) sample) []variant {
	var list []variant
	for _, m := range l {
		list = append(list, variant{m.name, func(tb testing.TB) sample {
			tb.Helper()
			return run(tb, m.monitor)
		}})
	}
	return list
}

// files are the k8s-file benchmarks; each writes about total bytes per run.
func files(tb testing.TB, total int) []result {
	tb.Helper()
	all := newMonitors(tb)
	var list []result
	for _, kind := range fileKinds() {
		for _, size := range []int{100, 1 << 10, 16 << 10} {
			whole := total / size * size
			list = append(list, result{
				name:    fmt.Sprintf("%s/%dB", kind, size),
				title:   fmt.Sprintf("k8s-file on %s, %d MiB in lines of %d bytes; CPU of the monitor", kind, total>>20, size),
				columns: fileColumns(),
				variants: all.each(func(tb testing.TB, m monitor) sample {
					tb.Helper()
					return writeFile(tb, m, size, whole, kind)
				}),
			})
		}
	}
	return list
}

// TestFiles runs every variant once. The payload writes whole lines, so that a
// partial record is one that the monitor has made.
func TestFiles(t *testing.T) {
	for _, r := range files(t, 4<<20) {
		r.play(t, 1)
		r.succeeded(t)
		for i, v := range r.variants {
			s := r.samples[i][0]
			if s[0] <= 0 || s[1] <= 0 {
				t.Errorf("%s, %s: %v", r.name, v.name, s)
			}
			if i != byDebian && s[2] != 0 {
				t.Errorf("%s: %v lines were torn", r.name, s[2])
			}
		}
	}
}

// BenchmarkFile has many short runs: of a virtual machine's memory some run or
// other always pays the host's price, and a median of many is deaf to that.
func BenchmarkFile(b *testing.B) {
	for _, r := range files(b, knob(b, "UNITMON_BENCH_MIB", 128)<<20) {
		b.Run(r.name, func(b *testing.B) { r.bench(b, knob(b, "UNITMON_BENCH_FILES", 31), byRelay) })
	}
}
