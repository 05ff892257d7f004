package attach

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/kit"
)

// Knobs of the benchmark. The log is rotated while it is written, so that its
// pages are the same ones all the time: memory that a virtual machine touches for
// the first time costs more than all that is measured here.
const (
	benchRounds  = 15
	benchPayload = 32 << 20 // lines of 64 bytes
	benchTimes   = 32       // how often the container writes them
	benchLog     = "16777216"
)

// hindrance is a set of clients that are in the way.
type hindrance struct {
	name  string
	than  string // the row that it is compared with; none: it is there for others
	stdin bool
	come  func(b *testing.B, c unitmonCtr) (leave func())
}

func hindrances() []hindrance {
	return []hindrance{
		{"nobody", "", false, crowd(0, 0)},
		{"one that never reads", "nobody", false, crowd(0, 1)},
		{"one that is suspended", "nobody", false, suspend},
		{"one killed while it sends", "nobody", true, killed},
		{"64 that never read", "nobody", false, crowd(0, 64)},
		{"64 that read", "", false, crowd(64, 0)},
		{"64 that read, 64 that never do", "64 that read", false, crowd(64, 64)},
		{"one that reads", "", true, reads},
		{"one that floods stdin", "one that reads", true, floods},
	}
}

// crowd are clients that read as fast as they can, and clients that never do. The
// former cost something: those that are too slow are dropped, as ever.
func crowd(readers, stuck int) func(b *testing.B, c unitmonCtr) func() {
	return func(b *testing.B, c unitmonCtr) func() {
		b.Helper()
		var list []*client
		for i := range readers + stuck {
			cl := connect(b, c.attach())
			if list = append(list, cl); i < readers {
				go func() {
					for buf := make([]byte, maxInput); ; {
						if _, err := cl.conn.Read(buf); err != nil {
							return
						}
					}
				}()
			}
		}
		return func() {
			for _, cl := range list {
				_ = cl.conn.Close()
			}
		}
	}
}

// reads is a client that reads, which costs something: what the flood, which
// reads as well, is compared with.
func reads(b *testing.B, c unitmonCtr) func() {
	b.Helper()
	cl := connect(b, c.attach())
	cl.expect = chunk()
	cl.read()
	return cl.close
}

func floods(b *testing.B, c unitmonCtr) func() {
	b.Helper()
	cl := connect(b, c.attach())
	cl.expect = chunk()
	cl.read()
	go func() { _ = cl.paste(bytes.Repeat([]byte{floodByte}, 256<<20), maxInput) }()
	return cl.close
}

// killed is a client that is killed in the middle of what it sends, when the
// container begins to write.
func killed(b *testing.B, c unitmonCtr) func() {
	b.Helper()
	p := childOf(b, c.attach(), "flood")
	p.Await(b, "sends\n")
	p.Signal(b, syscall.SIGKILL)
	return func() { p.Wait() }
}

func suspend(b *testing.B, c unitmonCtr) func() {
	b.Helper()
	p := childOf(b, c.attach(), "read")
	p.Await(b, "connected\n")
	p.Signal(b, syscall.SIGSTOP)
	return func() { p.Signal(b, syscall.SIGKILL) }
}

// BenchmarkStuckReaders compares, round by round, how long a container takes to
// write to a k8s-file, and from its exit to the end of its unit, with clients in
// the way and without. It prints the medians and the medians of the ratios.
func BenchmarkStuckReaders(b *testing.B) {
	shared := benchShared(b)
	root := kit.BusyboxRoot(b)
	list := hindrances()
	write, end := make([][]float64, len(list)), make([][]float64, len(list))
	for range benchRounds {
		for i, h := range list {
			w, e := h.measure(b, root, shared)
			write[i], end[i] = append(write[i], w), append(end[i], e)
		}
	}
	fmt.Printf("\n%d rounds of %d MiB to a k8s-file; least and median, ratio of the least to that of the row that it is compared with, and median of the ratios in the same round\n",
		benchRounds, benchTimes*benchPayload>>20)
	for i, h := range list {
		base := i
		for j := range list {
			if list[j].name == h.than {
				base = j
			}
		}
		fmt.Printf("%-30s written in %s   ended after %s\n", h.name, compared(write[i], write[base]), compared(end[i], end[base]))
		b.ReportMetric(median(ratios(write[i], write[base])), "x-"+strings.ReplaceAll(h.name, " ", "-"))
	}
	b.ReportMetric(0, "ns/op") // of this function, which means nothing
}

// compared is a row's values, in us, beside those of another.
func compared(values, base []float64) string {
	least := slices.Min(values)
	return fmt.Sprintf("%.1f / %.1f ms  x%.3f  x%.3f", least/1e3, median(values)/1e3, least/slices.Min(base), median(ratios(values, base)))
}

func benchShared(b *testing.B) kit.Shared {
	b.Helper()
	shared := kit.Share(b)
	writeFile(b, shared.Path("payload"), bytes.Repeat(chunk(), benchPayload/chunkSize))
	if err := syscall.Mkfifo(shared.Path("mark"), 0o600); err != nil {
		b.Fatal(err)
	}
	return shared
}

// measure runs one container; both times are in microseconds.
func (h hindrance) measure(b *testing.B, root string, shared kit.Shared) (write, end float64) {
	b.Helper()
	log := b.TempDir() + "/log"
	c := underUnitmon(b, job{
		root: root, shared: shared, stdin: h.stdin,
		script:        goFIFO + fmt.Sprintf("for i in $(seq %d); do cat /shared/payload; done; echo >/shared/mark", benchTimes),
		unitmonOption: []string{"--keep", "--log", "k8s-file:" + log, "--log-max-size", benchLog, "--log-max-files", "2"},
	}).(unitmonCtr)
	leave := h.come(b, c)
	mark, err := os.OpenFile(shared.Path("mark"), os.O_RDWR, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = mark.Close() }()
	begin := time.Now()
	shared.Go(b)
	if _, err := bufio.NewReader(mark).ReadString('\n'); err != nil {
		b.Fatal(err)
	}
	write = float64(time.Since(begin).Microseconds())
	if code := c.exit(); code != 0 {
		b.Errorf("%s: exit code %d", h.name, code)
	}
	kit.Await(b, c.unit(), "SubState=dead", "SubState")
	end = c.stamp("InactiveEnterTimestampMonotonic") - c.stamp("ExecMainExitTimestampMonotonic")
	leave()
	kit.Purge(b, c.name)
	for _, path := range []string{log, log + ".1", log + ".2"} {
		_ = os.Remove(path)
	}
	return write, end
}

// stamp is a time of the manager's, in microseconds.
func (c unitmonCtr) stamp(property string) float64 {
	c.t.Helper()
	us, err := strconv.ParseFloat(kit.Property(c.t, c.unit(), property), 64)
	if err != nil {
		c.t.Fatal(err)
	}
	return us
}

func ratios(values, base []float64) []float64 {
	var list []float64
	for i, v := range values {
		list = append(list, v/base[i])
	}
	return list
}

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
