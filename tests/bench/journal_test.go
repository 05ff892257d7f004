package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/kit"
)

func journalColumns() []column {
	us := func(name, raw string) column {
		return column{name: name, unit: "us/line", raw: raw, per: 1e3, paired: true}
	}
	return []column{
		us("cpu", "cpu-ns/op"), us("monitor", "monitor-ns/op"), us("journald", "journald-ns/op"), us("wall", "ns/op"),
		{name: "stored", unit: "%", raw: "stored-%/op", per: 1},
	}
}

// writeJournal has a monitor log lines to the journal.
func writeJournal(tb testing.TB, m monitor, size, lines int) sample {
	tb.Helper()
	r := m.start(tb, job{
		payload: []string{"seq", fmt.Sprint(size), fmt.Sprint(lines)},
		log:     log{driver: logJournal}, ends: true,
	})
	kit.OK(tb, "journalctl", "--rotate", "--vacuum-size=1") // everybody begins with an empty journal
	monitor, journald := r.cpu(tb), groupCPU(tb, journaldGroup)
	begin := time.Now()
	r.open(tb)
	r.done(tb)
	r.ended(tb)
	kit.Sync(tb)
	wall := time.Since(begin)
	monitor, journald = r.cpu(tb)-monitor, groupCPU(tb, journaldGroup)-journald
	stored := storedLines(tb, "CONTAINER_ID_FULL="+r.id, "SYSLOG_IDENTIFIER="+r.name)
	r.stop(tb)
	n := float64(lines)
	return sample{
		float64(monitor+journald) / n, float64(monitor) / n, float64(journald) / n, float64(wall) / n,
		100 * float64(stored) / n,
	}
}

// journals are the journal benchmarks.
func journals(tb testing.TB, lines int) []result {
	tb.Helper()
	all := newMonitors(tb)
	var list []result
	for _, size := range []int{100, 1 << 10} {
		list = append(list, result{
			name:    fmt.Sprintf("%dB", size),
			title:   fmt.Sprintf("journal, %d lines of %d bytes; CPU of monitor and journald", lines, size),
			columns: journalColumns(),
			variants: all.each(func(tb testing.TB, m monitor) sample {
				tb.Helper()
				return writeJournal(tb, m, size, lines)
			}),
		})
	}
	return list
}

// TestJournals runs every variant once, with more lines than journald's rate
// limit lets through. All must be found.
func TestJournals(t *testing.T) {
	for _, r := range journals(t, 70_000)[:1] {
		r.play(t, 1)
		r.succeeded(t)
		for i, v := range r.variants {
			if s := r.samples[i][0]; s[1] <= 0 || s[2] <= 0 || s[4] != 100 {
				t.Errorf("%s, %s: %v", r.name, v.name, s)
			}
		}
	}
}

func BenchmarkJournal(b *testing.B) {
	for _, r := range journals(b, knob(b, "UNITMON_BENCH_LINES", 200_000)) {
		b.Run(r.name, func(b *testing.B) { r.bench(b, outputRounds(b), byRelay) })
	}
}
