package root

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/journal"
)

// marker is the field by which a test finds its own entries.
const marker = "UNITMON_ROOT_TEST"

// client is a Conn to the real journald, with a mark for its entries.
type client struct {
	*journal.Conn
	mark string
}

func dial(t *testing.T) *client {
	t.Helper()
	c, err := journal.Dial(journal.DefaultSocket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &client{c, rand.Text()}
}

// entry encodes name, value, name, value ... and the mark.
func (c *client) entry(t *testing.T, fields ...string) *journal.Entry {
	t.Helper()
	e := new(journal.Entry)
	fields = append(fields, marker, c.mark)
	for i := 0; i < len(fields); i += 2 {
		if err := e.AppendString(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// read returns what journald has of this client.
func (c *client) read(t *testing.T) []journal.Fields { return read(t, marker+"="+c.mark) }

// read returns the entries that match, once journald has written all it got.
func read(t *testing.T, match ...string) []journal.Fields {
	t.Helper()
	run(t, "journalctl", "--sync")
	var all []journal.Fields
	out, err := exec.Command("journalctl", append([]string{"-q", "-o", "export"}, match...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := journal.NewDecoder(bytes.NewReader(out)); ; {
		fields, err := d.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fields)
	}
}

// TestJournal_Kinds: every kind of value comes back as it was sent, as a
// datagram or as a memory file.
func TestJournal_Kinds(t *testing.T) {
	big := strings.Repeat("0123456789abcde\n", 1<<16)
	values := []string{
		"text", "", " leading and trailing ", "a=b", "two\nlines", "\n", "ends in newline\n",
		"\x00\xff\xfe binary", "\x1b[31mcolour\x1b[0m", "\u00e9\u4e16\U0001F600", big,
		strings.ReplaceAll(big, "\n", "-"),
	}
	c := dial(t)
	for i, v := range values {
		e := c.entry(t, journal.Message, "value "+strconv.Itoa(i), "VALUE", v, "VALUE", "second", journal.Priority, "5")
		if err := c.SendWait(t.Context(), e); err != nil {
			t.Fatalf("value %d: %v", i, err)
		}
	}
	got := c.read(t)
	if len(got) != len(values) {
		t.Fatalf("%d entries, want %d", len(got), len(values))
	}
	for i, fields := range got {
		if m := fields.Get(journal.Message); m != "value "+strconv.Itoa(i) {
			t.Errorf("entry %d is %q", i, m)
		}
		var have []string
		for _, f := range fields {
			if f.Name == "VALUE" {
				have = append(have, string(f.Value))
			}
		}
		if len(have) != 2 || have[0] != values[i] && have[1] != values[i] {
			t.Errorf("value %.40q came back as %.100q", values[i], have)
		}
		if pid := fields.Get("_PID"); pid != strconv.Itoa(os.Getpid()) || fields.Get(journal.Priority) != "5" {
			t.Errorf("entry %d: _PID %s, PRIORITY %s", i, pid, fields.Get(journal.Priority))
		}
	}
}

// TestJournal_ObjectUnit: journalctl -u shows what root says about a unit.
func TestJournal_ObjectUnit(t *testing.T) {
	c := dial(t)
	unit := "root-test-" + strings.ToLower(c.mark) + ".service"
	e := c.entry(t, journal.Message, "about it", journal.ObjectSystemdUnit, unit)
	if err := c.SendWait(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	got := read(t, "-u", unit)
	if len(got) != 1 || got[0].Get(journal.Message) != "about it" {
		t.Errorf("%q", got)
	}
}

// wantNumbers fails the test unless MESSAGE counts from 0 to n-1.
func wantNumbers(t *testing.T, got []journal.Fields, n int) {
	t.Helper()
	for i, fields := range got {
		if m := fields.Get(journal.Message); m != strconv.Itoa(i) {
			t.Fatalf("entry %d is %q", i, m)
		}
	}
	if len(got) != n {
		t.Errorf("%d entries, want %d", len(got), n)
	}
}

func (c *client) number(t *testing.T, i int) *journal.Entry {
	return c.entry(t, journal.Message, strconv.Itoa(i))
}

// TestJournal_Restart: journald restarts while entries are sent, none is
// lost.
func TestJournal_Restart(t *testing.T) {
	c := dial(t)
	const each = 500
	for round := range 3 {
		restarted := make(chan error)
		go func() { restarted <- exec.Command("systemctl", "restart", "systemd-journald.service").Run() }()
		for i := range each {
			if err := c.SendWait(t.Context(), c.number(t, round*each+i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := <-restarted; err != nil {
			t.Fatal(err)
		}
	}
	wantNumbers(t, c.read(t), 3*each)
}

// TestJournal_SocketsStopped: journald's sockets are gone for a while, and
// then new ones; who waits is served, on the same Conn.
func TestJournal_SocketsStopped(t *testing.T) {
	units := []string{"systemd-journald.socket", "systemd-journald-dev-log.socket", "systemd-journald-audit.socket"}
	c := dial(t)
	if err := c.SendWait(t.Context(), c.number(t, 0)); err != nil {
		t.Fatal(err)
	}
	run(t, "journalctl", "--sync") // stopping the sockets loses what they hold
	run(t, append([]string{"systemctl", "stop", "systemd-journald.service"}, units...)...)
	if err := c.Send(c.number(t, 1)); !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without journald: %v", err)
	}
	sent := make(chan error)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		sent <- c.SendWait(ctx, c.number(t, 1))
	}()
	run(t, "systemctl", "start", units[0], units[1], "systemd-journald.service")
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	wantNumbers(t, c.read(t), 2)
}

// TestJournal_FullQueue: journald stands still until its queue is full.
func TestJournal_FullQueue(t *testing.T) {
	pid, err := strconv.Atoi(run(t, "systemctl", "show", "-P", "MainPID", "systemd-journald.service"))
	if err != nil || pid < 2 {
		t.Fatalf("journald's pid: %d, %v", pid, err)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(pid, syscall.SIGCONT)
	c := dial(t)
	n := 0
	for ; ; n++ {
		err := c.Send(c.number(t, n))
		if errors.Is(err, journal.ErrAgain) {
			break
		}
		if err != nil || n > 1<<16 {
			t.Fatalf("entry %d: %v", n, err)
		}
	}
	sent := make(chan error)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		sent <- c.SendWait(ctx, c.number(t, n))
	}()
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	wantNumbers(t, c.read(t), n+1)
}

// TestJournal_Stream: lines of a stream, with and without level prefixes.
func TestJournal_Stream(t *testing.T) {
	for _, prefix := range []bool{false, true} {
		id := "root-test-" + rand.Text()
		f, err := journal.OpenStream(journal.StreamOptions{Identifier: id, Priority: 6, LevelPrefix: prefix})
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString("plain\n<3>marked\nno newline")
		f.Close()
		got := readStream(t, id, 3)
		want := []string{"6 plain", "6 <3>marked", "6 no newline"}
		if prefix {
			want[1] = "3 marked"
		}
		for i, fields := range got {
			line := fields.Get(journal.Priority) + " " + fields.Get(journal.Message)
			if line != want[i] {
				t.Errorf("prefix %v: line %d is %q, want %q", prefix, i, line, want[i])
			}
		}
	}
}

// readStream waits until a stream has n entries. It follows the journal, so
// that it need not rely on --sync covering what is still in the stream.
func readStream(t *testing.T, id string, n int) []journal.Fields {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "journalctl", "-q", "-o", "export", "-f", "-n", "all", "-t", id)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // the error is that it was killed
	defer cancel()
	var got []journal.Fields
	for d := journal.NewDecoder(out); len(got) < n; {
		fields, err := d.Next()
		if err != nil {
			t.Fatalf("after %d entries: %v", len(got), err)
		}
		got = append(got, fields)
	}
	return got
}
