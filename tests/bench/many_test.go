package bench

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// The rate of each of many containers: little, as most containers write.
const (
	manyHz      = 100
	manySeconds = 8
)

func manyColumns() []column {
	return []column{
		{name: "cpu", unit: "% of a core", raw: "cpu-%/op", per: 1, paired: true},
		{name: "per line", unit: "us", raw: "cpu-ns/line", per: 1e3},
	}
}

// writeMany has n containers write at a low rate at the same time.
func writeMany(tb testing.TB, m monitor, n, seconds int) sample {
	tb.Helper()
	var all []*running
	var logs []string
	for range n {
		path := filepath.Join(shortDir(tb), "log")
		r := m.start(tb, job{
			payload: []string{"rate", "100", fmt.Sprint(manyHz), fmt.Sprint(seconds)},
			log:     log{driver: logFile, path: path},
		})
		awaitTail(tb, path, "warm\n")
		all, logs = append(all, r), append(logs, path)
	}
	before := sumCPU(tb, all)
	for _, r := range all {
		r.open(tb)
	}
	for _, r := range all {
		r.done(tb)
	}
	for _, path := range logs {
		awaitTail(tb, path, "last\n")
	}
	cpu := sumCPU(tb, all) - before
	for i, r := range all {
		c, err := readLog(logs[i])
		if want := int64(100*manyHz*seconds + len("warm\nlast\n")); err != nil || c.bytes != want {
			tb.Fatalf("%s: %d bytes are in the log, not %d (%v)", r.name, c.bytes, want, err)
		}
		r.stop(tb)
	}
	return sample{100 * cpu.Seconds() / float64(seconds), float64(cpu) / float64(n*manyHz*seconds)}
}

// sumCPU is the CPU time of all monitors, some of which may share a group.
func sumCPU(tb testing.TB, all []*running) time.Duration {
	tb.Helper()
	var sum time.Duration
	seen := map[string]bool{}
	for _, r := range all {
		if !seen[r.group] {
			sum += r.cpu(tb)
		}
		seen[r.group] = true
	}
	return sum
}

func many(tb testing.TB, n, seconds int) result {
	tb.Helper()
	return result{
		name:    fmt.Sprintf("%d", n),
		title:   fmt.Sprintf("%d containers, %d lines of 100 bytes per second each, %d s, k8s-file on tmpfs; CPU of all monitors", n, manyHz, seconds),
		columns: manyColumns(),
		variants: newMonitors(tb).each(func(tb testing.TB, m monitor) sample {
			tb.Helper()
			return writeMany(tb, m, n, seconds)
		}),
	}
}

func TestMany(t *testing.T) {
	r := many(t, 2, 1)
	r.play(t, 1)
	r.succeeded(t)
}

func BenchmarkMany(b *testing.B) {
	r := many(b, containers(b, 50), manySeconds)
	b.Run(r.name, func(b *testing.B) { r.bench(b, outputRounds(b), byRelay) })
}
