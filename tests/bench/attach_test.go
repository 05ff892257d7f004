package bench

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

func throughputColumns() []column {
	list := fileColumns()
	return list[:len(list)-1]
}

// throughput is a sample of throughputColumns.
func throughput(cpu, wall time.Duration, total int) sample {
	return sample{float64(cpu) * gib / float64(total), float64(total) / wall.Seconds()}
}

// burst is how much a container writes before it waits for a client to have read
// it; one more burst is on the way then. unitmon drops a client of the attach
// socket that is more than 1 MiB behind, which a reader on a busy machine is soon
// if nobody waits for it.
const burst = 256 << 10

// watchOutput has one client read all that a container writes, which is logged
// nowhere. request is what the client sends first, if it is not empty.
func watchOutput(tb testing.TB, m monitor, size, total int, socket, request string) sample {
	tb.Helper()
	r := m.start(tb, job{
		payload: []string{"bursts", fmt.Sprint(size), fmt.Sprint(total), fmt.Sprint(burst)},
		log:     log{driver: logNone},
	})
	c := dial(tb, filepath.Join(filepath.Dir(r.attach), socket))
	defer c.close()
	if request != "" {
		c.send(tb, []byte(request))
		if answer := make([]byte, 64); c.receive(tb, answer) != 1 || answer[0] != 'K' {
			tb.Fatalf("%s: the answer to %s is %q", r.name, request, answer)
		}
	}
	before := r.cpu(tb)
	r.open(tb)
	begin := time.Now()
	got := drink(tb, r, c)
	wall := time.Since(begin)
	r.done(tb)
	cpu := r.cpu(tb) - before
	// Whether the first line comes too depends on who was there first.
	if want := total + len("last\n"); got != want && got != want+len("warm\n") {
		tb.Fatalf("%s: %d bytes came, not %d", r.name, got, want)
	}
	r.stop(tb)
	return throughput(cpu, wall, total)
}

// drink reads until the payload's last line and says how many bytes of output
// have come. It lets the payload write as it reads.
func drink(tb testing.TB, r *running, c *client) int {
	tb.Helper()
	got, let, last := 0, 0, []byte("last\n")
	var end []byte
	for buf := make([]byte, 64<<10); !bytes.Equal(end, last); {
		for ; let <= got+burst; let += burst {
			r.open(tb)
		}
		n := c.receive(tb, buf)
		if n == 0 {
			tb.Fatalf("end of file after %d bytes", got)
		}
		switch buf[0] {
		case 2, 3:
			got += n - 1
			end = append(end, buf[max(1, n-len(last)):n]...)
			end = end[max(0, len(end)-len(last)):]
		case 'K':
		default:
			tb.Fatalf("after %d bytes: %q", got, buf[:n])
		}
	}
	return got
}

// typeInput sends total bytes in packets of a size to a container that reads
// them all.
func typeInput(tb testing.TB, m monitor, size, total int) sample {
	tb.Helper()
	r := m.start(tb, job{payload: []string{"sink", fmt.Sprint(total)}, log: log{driver: logNone}, stdin: true})
	c := dial(tb, r.attach)
	defer c.close()
	packet := make([]byte, size)
	before := r.cpu(tb)
	r.open(tb)
	for range total / size {
		c.send(tb, packet)
	}
	wall := r.done(tb)
	cpu := r.cpu(tb) - before
	r.stop(tb)
	return throughput(cpu, wall, total)
}

// attaches are the benchmarks of attach sockets; each moves about total bytes
// per run, those with small packets less.
func attaches(tb testing.TB, total int) []result {
	tb.Helper()
	all := newMonitors(tb)
	const size = 100
	whole := total / size * size
	out := result{
		name:    "output",
		title:   fmt.Sprintf("attach, output, %d MiB in lines of %d bytes to one client, no log; CPU of the monitor", total>>20, size),
		columns: throughputColumns(),
		variants: all.each(func(tb testing.TB, m monitor) sample {
			tb.Helper()
			return watchOutput(tb, m, size, whole, "attach", "")
		}),
	}
	out.variants = append(out.variants, variant{"unitmon, follow", func(tb testing.TB) sample {
		tb.Helper()
		return watchOutput(tb, all[byRelay].monitor, size, whole, "control", "follow")
	}})
	list := []result{out}
	for _, size := range []int{32 << 10, 1 << 10} {
		bytes := total / ((32 << 10) / size) * 2
		list = append(list, result{
			name:    fmt.Sprintf("input/%dB", size),
			title:   fmt.Sprintf("attach, input, %d MiB in packets of %d bytes; CPU of the monitor", bytes>>20, size),
			columns: throughputColumns(),
			variants: all.each(func(tb testing.TB, m monitor) sample {
				tb.Helper()
				return typeInput(tb, m, size, bytes)
			}),
		})
	}
	return list
}

func TestAttaches(t *testing.T) {
	for _, r := range attaches(t, 1<<20) {
		r.play(t, 1)
		r.succeeded(t)
	}
}

func BenchmarkAttach(b *testing.B) {
	for _, r := range attaches(b, knob(b, "UNITMON_BENCH_MIB", 512)<<20) {
		b.Run(r.name, func(b *testing.B) { r.bench(b, outputRounds(b), byRelay) })
	}
}
