package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/unitmon/unitmon/tests/kit"
)

// payload is a file of numbered lines that every variant copies with the same
// cat to its standard output.
type payload struct {
	size, lines int // bytes with the newline; how many
	path        string
	bundle      string // runs cat of a copy
}

// newPayload makes the file and the bundle.
func newPayload(tb testing.TB, size, lines int) payload {
	tb.Helper()
	bundle, root := newBundle(tb, "cat", "/payload")
	p := payload{size, lines, filepath.Join(root, "payload"), bundle}
	f, err := os.Create(p.path)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := range lines {
		_, _ = w.Write(numbered(i, size)) // Flush has its error
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
	return p
}

// numbered is a line of size bytes with its newline: ten digits, then letters
// in an order of the line's own. It does not end with white space, as few lines
// of real output do: journald's stream protocol cuts that off, so the relay sends
// such lines another way.
func numbered(i, size int) []byte {
	line := fmt.Appendf(make([]byte, 0, size), "%010d ", i)
	for x := uint32(i) + 1; len(line) < size-2; {
		x = x*1664525 + 1013904223
		line = append(line, "abcdefghijklmnopqrstuvwxyz      "[x>>27])
	}
	return append(line, '.', '\n')
}

// writer measures how a payload comes into the journal.
type writer struct {
	payload
	bus   *dbus.Conn
	count int
}

// unlimited switches journald's rate limit off for a unit, as unitmon's units
// have it; 0 would mean the default, journald.conf(5).
const unlimited = "LogRateLimitIntervalSec=1us"

// outputColumns are per line.
func outputColumns() []column {
	us := func(name, raw string, paired bool) column {
		return column{name: name, unit: "us/line", raw: raw, per: 1e3, paired: paired}
	}
	return []column{
		us("cpu", "cpu-ns/op", true), us("journald", "journald-ns/op", true),
		us("relay", "relay-ns/op", false), us("rest", "rest-ns/op", false),
		us("wall", "ns/op", true),
		{name: "stored", unit: "%", raw: "stored-%/op", per: 1},
	}
}

// write makes a variant: the command for a name, what waits for its end, and
// what finds the stored lines.
func (w *writer) write(title string, command func(name string) []string, end func(tb testing.TB, name string), match func(name string) []string) variant {
	return variant{title, func(tb testing.TB) sample {
		tb.Helper()
		w.count++
		name := fmt.Sprintf("bench-%d-%d", w.size, w.count)
		kit.OK(tb, "journalctl", "--rotate", "--vacuum-size=1") // everybody begins with an empty journal
		settled(tb, w.bus)
		before := measure(tb)
		begin := time.Now()
		kit.OK(tb, command(name)...)
		if end != nil {
			end(tb, name)
		}
		kit.Sync(tb)
		wall := time.Since(begin)
		u := measure(tb).since(before)
		relay := groupCPU(tb, "system.slice/"+kit.Units(name)[1])
		stored := storedLines(tb, match(name)...)
		kit.Purge(tb, name)
		return perLine(w.lines, wall, u, relay, stored)
	}}
}

func perLine(lines int, wall time.Duration, u usage, relay time.Duration, stored int) sample {
	n := float64(lines)
	rest := u.All - u.Journald - relay
	return sample{
		float64(u.All) / n, float64(u.Journald) / n, float64(relay) / n, float64(rest) / n,
		float64(wall) / n, 100 * float64(stored) / n,
	}
}

// storedLines counts the journal's entries that match.
func storedLines(tb testing.TB, matches ...string) int {
	tb.Helper()
	cmd := exec.CommandContext(kit.Context(tb), "journalctl",
		append([]string{"--quiet", "--output=cat", "--output-fields=PRIORITY"}, matches...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	n := 0
	buf := make([]byte, 64<<10)
	for {
		k, err := out.Read(buf)
		n += bytes.Count(buf[:k], []byte("\n"))
		if err != nil {
			break
		}
	}
	if err := cmd.Wait(); err != nil {
		tb.Fatalf("journalctl %s: %v", matches, err)
	}
	return n
}

// service is a unit without a container that runs a shell command.
func (w *writer) service(name, script string, properties ...string) []string {
	args := []string{"systemd-run", "--quiet", "--collect", "--wait", "--unit=" + name, "-p", unlimited}
	for _, p := range properties {
		args = append(args, "-p", p)
	}
	return append(args, "/bin/sh", "-c", script)
}

// systemdCat pipes the payload into systemd-cat(1), which becomes a cat between
// the pipe and a stream socket of journald's. Its entries have no container
// fields.
func (w *writer) systemdCat() variant {
	return w.write("systemd-cat (no container fields)", func(name string) []string {
		return w.service(name, "busybox cat "+w.path+" | systemd-cat --identifier="+name)
	}, nil, func(name string) []string { return []string{"SYSLOG_IDENTIFIER=" + name} })
}

// stream is a unit's own standard output, with the fields of a container.
func (w *writer) stream() variant {
	return w.write("unit's stdout, LogExtraFields=", func(name string) []string {
		id := containerID(name)
		return w.service(name, "exec busybox cat "+w.path,
			"LogExtraFields=CONTAINER_ID="+id[:12], "LogExtraFields=CONTAINER_ID_FULL="+id, "LogExtraFields=CONTAINER_NAME="+name)
	}, nil, func(name string) []string {
		// What systemd 257 says of the unit has its fields too.
		return []string{"CONTAINER_ID_FULL=" + containerID(name), "_TRANSPORT=stdout"}
	})
}

// containerID is 64 characters that depend on the name.
func containerID(name string) string { return fmt.Sprintf("%064x", name) }

// unitmon is a detached container whose units are kept until the relay's CPU
// time was read.
func (w *writer) unitmon(title string, options ...string) variant {
	return w.write(title, func(name string) []string {
		args := []string{"unitmon", "run", "-d", "--keep", "--runtime", "runc", "--bundle", w.bundle}
		return append(append(args, options...), name)
	}, func(tb testing.TB, name string) {
		kit.Await(tb, kit.Units(name)[0], "Result=success SubState=dead", "Result", "SubState")
	}, func(name string) []string {
		// With --stdio journal, what our own processes in the unit say has the
		// container's fields too.
		return []string{"CONTAINER_NAME=" + name, "SYSLOG_IDENTIFIER=" + name}
	})
}

// output is the benchmark for lines of one size. The relay is the third row.
func output(tb testing.TB, size, lines int) result {
	tb.Helper()
	w := &writer{payload: newPayload(tb, size, lines), bus: systemBus(tb)}
	return result{
		name:    fmt.Sprintf("%dB", size),
		title:   fmt.Sprintf("output, %d lines of %d bytes", lines, size),
		columns: outputColumns(),
		variants: []variant{
			w.systemdCat(), w.stream(),
			w.unitmon("unitmon run (relay)"), w.unitmon("unitmon run --stdio journal", "--stdio", "journal"),
		},
	}
}

func BenchmarkOutput(b *testing.B) {
	lines := knob(b, "UNITMON_BENCH_LINES", 200_000)
	for _, size := range []int{100, 1024} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			r := output(b, size, lines)
			r.bench(b, outputRounds(b), 2)
		})
	}
}
