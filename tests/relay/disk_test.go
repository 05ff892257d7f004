package relay

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

const noSpace = "the k8s-file log takes nothing: no space left on device"

// small is a log path on a file system of 1 MiB, and a file that fills it.
type small struct {
	t         *testing.T
	log, fill string
}

func newSmall(t *testing.T) small {
	t.Helper()
	dir := t.TempDir()
	kit.OK(t, "mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", dir)
	t.Cleanup(func() { kit.OK(t, "umount", "--lazy", dir) })
	return small{t, filepath.Join(dir, "log"), filepath.Join(dir, "fill")}
}

// full fills the file system.
func (d small) full() {
	d.t.Helper()
	if err := os.WriteFile(d.fill, make([]byte, 2<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatalf("filling: %v", err)
	}
}

// free makes room.
func (d small) free() {
	d.t.Helper()
	must(d.t, os.Remove(d.fill))
}

// wide is the format of numbered lines of 100 bytes, of which 4000 fit into the
// small file system, and into no FIFO.
const (
	wide      = "%0100.0f"
	wideLines = 4000
	fifo      = 64 << 10 // what the kernel gives one, pipe(7)
)

// widePhases is phases with such lines.
func widePhases(n, more int) string {
	return strings.ReplaceAll(fmt.Sprintf(phases, n, n+1, more), "seq ", "seq -f "+wide+" ")
}

// TestDisk_Block: while the disk is full the container waits. What could be read
// until then is in the journal and with the client; in the end nothing is lost
// and nothing comes twice, though the relay is killed meanwhile.
func TestDisk_Block(t *testing.T) {
	const more, kills = wideLines + 10, 2
	disk := newSmall(t)
	s := start(t, job{name: "disk-block", log: disk.log, script: widePhases(wideLines, more)})
	c := s.attached()
	disk.full()
	s.shared.Go(t)
	s.says(noSpace)
	for range kills {
		s.kill(shortly)
	}
	s.says(noSpace)
	pause(t, "the container was not held back", s.done)
	const seen = fifo - 4096 // a writer's last piece may not fit any more
	if n := len(c.stdout()); n < seen {
		t.Errorf("the client has %d bytes, want at least %d", n, seen)
	}
	kit.Sync(t)
	if n := len(text(s.journalRecords)); n < seen-4096 {
		t.Errorf("the journal has %d bytes, want at least %d", n, seen-4096)
	}
	disk.free()
	s.awaitDone()
	s.hushed(noSpace)
	s.shared.Go(t)
	s.end(7)
	s.complete(more, 0, kills)
}

// TestDisk_Drop: with that policy the container does not wait, the journal has
// everything, and what the file has not is counted.
func TestDisk_Drop(t *testing.T) {
	const more = wideLines + 10
	disk := newSmall(t)
	s := start(t, job{
		name: "disk-drop", log: disk.log,
		script:  strings.Replace(widePhases(wideLines, more), "exit", "read x </shared/go; exit", 1),
		options: []string{"--log-policy", "drop"},
	})
	s.ask("reopen") // the relay is there, and the file
	disk.full()
	s.shared.Go(t)
	s.awaitDone()
	s.says(noSpace)
	pause(t, "", nil)
	disk.free()
	s.shared.Go(t)
	s.hushed(noSpace) // when something could be written
	s.shared.Go(t)
	s.end(7)

	file, entries := newNumbers(t, "file"), newNumbers(t, "journal")
	s.journalRecords(entries.take)
	entries.want(more, 0)
	file.gaps = true
	s.fileRecords(file.take)
	file.want(more, 0)
	s.says(fmt.Sprintf("lines lost by the k8s-file log: %d", more-file.count))
	if file.count == more {
		t.Error("no line was lost: the test shows nothing")
	}
}

// TestDisk_Removed: the directory of the log file goes away. As long as the file
// is open it is written to; a new relay waits for the directory.
func TestDisk_Removed(t *testing.T) {
	const lines, more = 20_000, 30_000
	dir := filepath.Join(t.TempDir(), "logs")
	must(t, os.Mkdir(dir, 0o755))
	s := start(t, job{name: "removed", log: filepath.Join(dir, "log"), script: fmt.Sprintf(phases, lines, lines+1, more)})
	s.ask("reopen")
	must(t, os.RemoveAll(dir))
	s.shared.Go(t)
	s.awaitDone()
	s.ask("drain") // so that the next relay begins with line lines+1
	s.kill(0)
	s.shared.Go(t)
	s.says("the k8s-file log takes nothing: no such file or directory")
	must(t, os.Mkdir(dir, 0o755))
	s.hushed("the k8s-file log takes nothing")
	s.end(7)
	entries, file := newNumbers(t, "journal"), newNumbers(t, "file")
	entries.again = portion
	s.journalRecords(entries.take)
	entries.want(more, 0)
	file.next[0] = lines + 1
	s.fileRecords(file.take)
	file.want(more, 0)
}
