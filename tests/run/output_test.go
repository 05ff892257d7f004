package run

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestSilent: a silent detached container has no process of ours.
func TestSilent(t *testing.T) {
	id := kit.Detach(t, "silent", "--relay-idle", "100ms", "silent", "--", "sh", "-c", "echo up; exec sleep 1000")
	kit.AwaitMessage(t, "up", "CONTAINER_ID_FULL="+id)
	kit.Await(t, kit.Units("silent")[1], "ActiveState=inactive NRestarts=0", "ActiveState", "NRestarts")
	kit.Settle(t)
	for _, p := range kit.Ours(t) {
		t.Errorf("process %d is ours: %q", p.PID, p.Args)
	}
	for _, p := range kit.Processes(t) {
		if strings.Contains(p.Cgroup, "unitmon") && p.Args[0] != "sleep" {
			t.Errorf("process %d is in the container's unit: %q in %s", p.PID, p.Args, p.Cgroup)
		}
	}
	t.Log(kit.OK(t, "systemctl", "status", "--no-pager", "--lines=0", "unitmon-silent"))
}

// TestLines: many lines on both streams arrive complete, in order, none twice.
func TestLines(t *testing.T) {
	const n = 200_000
	kit.Detach(t, "lines", "--keep", "lines", "--", "sh", "-c", fmt.Sprintf("seq %d & seq %d >&2; wait", n, n))
	awaitEnd(t, "lines")
	for _, prio := range []string{"6", "3"} {
		want := 1
		eachMessage(t, func(msg string, partial bool) {
			if msg != strconv.Itoa(want) || partial {
				t.Fatalf("priority %s: got %q (partial %v), want %d", prio, msg, partial, want)
			}
			want++
		}, "CONTAINER_NAME=lines", "PRIORITY="+prio)
		if want != n+1 {
			t.Errorf("priority %s: %d lines of %d", prio, want-1, n)
		}
	}
}

// awaitEnd waits for a kept container's end, however long it takes as long as
// the manager has something to tell, and until journald has stored its output,
// which the relay has only sent.
func awaitEnd(t *testing.T, name string) {
	t.Helper()
	unit := kit.Units(name)[0]
	kit.Await(t, unit, "SubState=dead", "SubState")
	kit.Sync(t)
}

// eachMessage calls f with the messages that match, oldest first, without
// holding them all.
func eachMessage(t *testing.T, f func(msg string, partial bool), matches ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(kit.Context(t))
	cmd := exec.CommandContext(ctx, "journalctl", append([]string{
		"--quiet", "--all", "--output=export",
		"--output-fields=MESSAGE,CONTAINER_PARTIAL_MESSAGE",
	}, matches...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel() // f may have given up: nobody reads the rest
		_ = cmd.Wait()
	}()
	d := journal.NewDecoder(bufio.NewReaderSize(out, 1<<20))
	for {
		e, err := d.Next()
		if err != nil {
			return
		}
		f(e.Get(journal.Message), e.Get(journal.ContainerPartialMessage) == "true")
	}
}

// TestBytes: any bytes arrive unchanged, long lines in pieces.
func TestBytes(t *testing.T) {
	text := "plain\n\n  leading and trailing blanks \n\x01\x1b[31mcontrol\x1b[0m\r\n\xff\xfe\xc3\x28not UTF-8\n<3>no priority\n=\nMESSAGE=x\n" +
		strings.Repeat("long €", 30_000) + "\nlast, without a newline"
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/text", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	kit.Detach(t, "bytes", "--keep", "--rootfs", kit.BusyboxRoot(t), "-v", dir+":/run:ro", "bytes", "cat", "/run/text")
	awaitEnd(t, "bytes")
	var got strings.Builder
	pieces := 0
	for _, e := range kit.Entries(t, "CONTAINER_NAME=bytes") {
		got.WriteString(e.Get(journal.Message))
		if e.Get(journal.ContainerPartialMessage) == "true" {
			pieces++
			continue
		}
		got.WriteByte('\n')
	}
	if got.String() != text {
		t.Errorf("%d bytes came back as %d others", len(text), got.Len())
	}
	if pieces < 4 {
		t.Errorf("%d partial entries, want those of the long line and of the last", pieces)
	}
}

// TestFields: every field of an entry.
func TestFields(t *testing.T) {
	id := kit.Detach(t, "fields", "--keep", "--tag", "mytag", "--label", "app=shop", "--label", "TIER=web",
		"fields", "--", "sh", "-c", "echo out; echo err >&2")
	awaitEnd(t, "fields")
	for prio, msg := range map[string]string{"6": "out", "3": "err"} {
		list := kit.Entries(t, "CONTAINER_ID_FULL="+id, "PRIORITY="+prio)
		if len(list) != 1 {
			t.Fatalf("priority %s: %d entries, want 1", prio, len(list))
		}
		for field, want := range map[string]string{
			"MESSAGE": msg, "CONTAINER_ID": id[:12], "CONTAINER_NAME": "fields", "CONTAINER_TAG": "mytag",
			"SYSLOG_IDENTIFIER": "mytag", "OBJECT_SYSTEMD_UNIT": "unitmon-fields.service",
			"APP": "shop", "TIER": "web", "_SYSTEMD_UNIT": "unitmon-relay-fields.service", "CONTAINER_PARTIAL_MESSAGE": "",
		} {
			if got := list[0].Get(field); got != want {
				t.Errorf("%s: %s=%q, want %q", msg, field, got, want)
			}
		}
	}
}

// TestReopen: processes of any user that open /dev/stdout and /dev/stderr anew
// can write there, as daemons do whose log file is a link to it.
func TestReopen(t *testing.T) {
	for _, user := range []string{"0", "65534:65534"} {
		name := "reopen-" + user[:1]
		r := kit.Unitmon(t, "run", "-u", user, name, "--", "sh", "-c",
			"id -u; echo to stdout >/dev/stdout; echo to stderr >>/dev/stderr; echo by fd >/proc/self/fd/1")
		want := strings.Split(user, ":")[0] + "\nto stdout\nby fd\n"
		if r.Code != 0 || r.Stdout != want || r.Stderr != "to stderr\n" {
			t.Errorf("user %s: got %+v, want %q and to stderr", user, r, want)
		}
	}
}

// TestRelayKilled kills the relay again and again while the container writes
// and a follower watches: no line is missing. Duplicates are counted.
func TestRelayKilled(t *testing.T) {
	const lines = 60_000
	relay := kit.Units("killed")[1]
	t.Cleanup(func() { kit.Purge(t, "killed") })
	cmd := exec.CommandContext(kit.Context(t), "unitmon", "run", "--keep", "killed", "--", "sh", "-c",
		fmt.Sprintf("i=0; while [ $i -lt %d ]; do i=$((i+1)); echo $i; done", lines))
	var shown strings.Builder
	cmd.Stdout = &shown
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	kills := 0
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for running := true; running; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("unitmon run: %v", err)
			}
			running = false
		case <-every.C:
			if pid, _ := strconv.Atoi(kit.Property(t, relay, "MainPID")); pid > 0 && syscall.Kill(pid, syscall.SIGKILL) == nil {
				kills++
			}
		}
	}
	if kills < 5 {
		t.Fatalf("only %d kills: the test shows nothing", kills)
	}
	seen := make([]int, lines+1)
	eachMessage(t, func(msg string, _ bool) { count(t, seen, msg) }, "CONTAINER_NAME=killed")
	report(t, "journal", seen, kills)
	seen = make([]int, lines+1)
	for line := range strings.Lines(shown.String()) {
		count(t, seen, strings.TrimSuffix(line, "\n"))
	}
	report(t, "follower", seen, kills)
}

func count(t *testing.T, seen []int, line string) {
	t.Helper()
	n, err := strconv.Atoi(line)
	if err != nil || n < 1 || n >= len(seen) {
		t.Fatalf("a line that was never written: %q", line)
	}
	seen[n]++
}

// report fails for each missing line and prints how many came more than once.
func report(t *testing.T, where string, seen []int, kills int) {
	t.Helper()
	missing, twice := 0, 0
	for _, n := range seen[1:] {
		switch {
		case n == 0:
			missing++
		case n > 1:
			twice += n - 1
		}
	}
	t.Logf("%s: %d kills, %d lines, %d missing, %d duplicates", where, kills, len(seen)-1, missing, twice)
	if missing > 0 {
		t.Errorf("%s: %d lines are missing", where, missing)
	}
}

// TestRelayRestarted: an administrator restarts or stops the relay while the
// container writes and a follower watches. The journal gets every line. So does
// the follower over a restart; over a stop it goes on and says what it missed.
func TestRelayRestarted(t *testing.T) {
	for _, verb := range []string{"restart", "stop"} {
		t.Run(verb, func(t *testing.T) { relayRestarted(t, verb) })
	}
}

func relayRestarted(t *testing.T, verb string) {
	const lines = 20_000
	name := "relayed-" + verb
	relay := kit.Units(name)[1]
	t.Cleanup(func() { kit.Purge(t, name) })
	cmd := exec.CommandContext(kit.Context(t), "unitmon", "run", "--keep", name, "--", "sh", "-c",
		fmt.Sprintf("i=0; while [ $i -lt %d ]; do i=$((i+1)); echo $i; done", lines))
	var shown, said strings.Builder
	cmd.Stdout, cmd.Stderr = &shown, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kit.Await(t, relay, "ActiveState=active", "ActiveState")
	for range 5 {
		// The next line starts the relay again, which may cancel the stop.
		kit.Run(t, "systemctl", verb, relay)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("unitmon run: %v", err)
	}
	seen := make([]int, lines+1)
	eachMessage(t, func(msg string, _ bool) { count(t, seen, msg) }, "CONTAINER_NAME="+name)
	report(t, "journal", seen, 5)
	if !strings.HasSuffix(shown.String(), fmt.Sprintf("\n%d\n", lines)) {
		t.Errorf("the follower ended with %.100q", shown.String()[max(0, shown.Len()-100):])
	}
	if strings.Contains(said.String(), "note: the relay was stopped") && verb == "stop" {
		return
	}
	// A stop that the next line overtakes is a restart to the manager.
	seen = make([]int, lines+1)
	for line := range strings.Lines(shown.String()) {
		count(t, seen, strings.TrimSuffix(line, "\n"))
	}
	report(t, "follower", seen, 5)
}

// TestSocketRefusesStop: the socket unit cannot be stopped by itself, which would
// take the container's last words with it; it goes with the container.
func TestSocketRefusesStop(t *testing.T) {
	kit.Detach(t, "held", "held", "--", "sh", "-c", "trap 'echo last words; exit' TERM; echo up; sleep 1000 & wait")
	socket := kit.Units("held")[2]
	for _, verb := range []string{"stop", "restart"} {
		if r := kit.Run(t, "systemctl", verb, socket); r.Code == 0 || !strings.Contains(r.Stderr, "refused") {
			t.Errorf("systemctl %s: %+v, want a refusal", verb, r)
		}
	}
	kit.AwaitMessage(t, "up", "CONTAINER_NAME=held")
	kit.OK(t, "unitmon", "stop", "held")
	kit.NothingLeft(t, "held")
	kit.AwaitMessage(t, "last words", "CONTAINER_NAME=held")
}
