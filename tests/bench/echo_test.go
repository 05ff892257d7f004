package bench

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
)

func echoColumns() []column {
	us := func(name, raw string) column {
		return column{name: name, unit: "us", raw: raw, per: 1e3, paired: true}
	}
	return []column{us("p50", "p50-ns/op"), us("p99", "p99-ns/op"), us("cpu", "cpu-ns/op")}
}

// typeKeys sends n single bytes to a terminal whose program echoes them, each
// when the one before has come back, and not before the next tick of pace
// unless that is 0.
func typeKeys(tb testing.TB, m monitor, n int, pace time.Duration) sample {
	tb.Helper()
	r := m.start(tb, job{payload: []string{"echo"}, log: log{driver: logNone}, stdin: true, tty: true})
	c := dial(tb, r.attach)
	defer c.close()
	r.open(tb)
	hear(tb, c, 'R')
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tick := make(<-chan time.Time)
	if pace > 0 {
		t := time.NewTicker(pace)
		defer t.Stop()
		tick = t.C
	}
	before := r.cpu(tb)
	delays := make([]float64, n)
	for i := range delays {
		if pace > 0 {
			<-tick
		}
		key := byte('a' + i%26)
		begin := time.Now()
		c.send(tb, []byte{key})
		hear(tb, c, key)
		delays[i] = float64(time.Since(begin))
	}
	cpu := r.cpu(tb) - before
	r.stop(tb)
	slices.Sort(delays)
	return sample{delays[n/2], delays[n*99/100], float64(cpu) / float64(n)}
}

// hear waits for one byte of output.
func hear(tb testing.TB, c *client, want byte) {
	var buf [64]byte
	for {
		n := c.receive(tb, buf[:])
		if n == 2 && buf[0] == 2 && buf[1] == want {
			return
		}
		if n != 1 || buf[0] != 'K' {
			tb.Fatalf("wanted %q of output, got %q", want, buf[:n])
		}
	}
}

// echoes are the benchmarks of single keystrokes, n of them, and fewer where
// they come slowly.
func echoes(tb testing.TB, n int) []result {
	tb.Helper()
	all := newMonitors(tb)
	var list []result
	for _, pace := range []time.Duration{0, 5 * time.Millisecond} {
		name, count := "back", n
		title := "back to back"
		if pace > 0 {
			name, count = "paced", max(1, n*2/15)
			title = fmt.Sprintf("every %s", pace)
		}
		list = append(list, result{
			name:    name,
			title:   fmt.Sprintf("keystrokes through a terminal, %d, %s; time to the echo, CPU of the monitor", count, title),
			columns: echoColumns(),
			variants: all.each(func(tb testing.TB, m monitor) sample {
				tb.Helper()
				return typeKeys(tb, m, count, pace)
			}),
		})
	}
	return list
}

func TestEchoes(t *testing.T) {
	for _, r := range echoes(t, 100) {
		r.play(t, 1)
		r.succeeded(t)
	}
}

func BenchmarkEcho(b *testing.B) {
	for _, r := range echoes(b, 3000) {
		b.Run(r.name, func(b *testing.B) { r.bench(b, outputRounds(b), byRelay) })
	}
}
