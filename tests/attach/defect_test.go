package attach

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// The defects of conmon 2.1.6 that unitmon does not have, and that are the only
// allowed differences. Each test shows the defect under the one and its absence
// under the other. Two are not shown, because they depend on luck: conmon's
// clients may see the end of file before the exit file exists, and a client that
// connects while conmon reads the first output may miss it.

// TestDefect_LargePackets: of a packet of input conmon takes the first 32 KiB.
func TestDefect_LargePackets(t *testing.T) {
	root := kit.BusyboxRoot(t)
	for _, m := range monitors() {
		t.Run(m.name, func(t *testing.T) {
			for _, size := range []int{conmonInput, conmonInput + 1, 40_000, maxInput} {
				want := size
				if m.name == "conmon" {
					want = min(size, conmonInput)
				}
				if got := onePacket(size).run(t, m, root); got.Stdout != fmt.Sprintln(want) || got.Code != 0 {
					t.Errorf("of %d bytes in one packet the container got %s, want %d", size, describe(got), want)
				}
			}
		})
	}
}

// onePacket counts the bytes of one packet of input.
func onePacket(size int) scene {
	return scene{
		stdin: true, script: "read go; wc -c",
		play: func(t testing.TB, c ctr, _ kit.Shared) outcome {
			t.Helper()
			cl := dial(t, c.attach())
			c.begin()
			cl.send([]byte("go\n"))
			cl.send([]byte(strings.Repeat("x", size)))
			cl.halfClose()
			return ended(c, cl)
		},
	}
}

// TestDefect_Reader: a client that does not read stops conmon's container.
func TestDefect_Reader(t *testing.T) {
	const all, some = 8 << 20, 1 << 20 // more than all buffers on the way hold, twice
	root := kit.BusyboxRoot(t)
	j := job{root: root, script: fmt.Sprintf("%s head -c %d /dev/zero; echo >/shared/done", goFIFO, all)}

	t.Run("conmon", func(t *testing.T) {
		j := j
		j.shared = kit.Share(t)
		c := underConmon(t, j)
		cl := connect(t, c.attach())
		c.begin()
		j.shared.Go(t)
		// As long as the client has read no more than this, the container
		// cannot have written everything.
		for n := 0; n < some; {
			k, err := cl.conn.Read(make([]byte, maxInput))
			if err != nil {
				t.Fatal(err)
			}
			n += k - 1
		}
		if _, err := os.Stat(j.shared.Path("done")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the container has written all, though a client has not read (%v): the defect is gone", err)
		}
		cl.read()
		if out, _ := cl.end(); c.exit() != 0 || len(out) < all-2*some {
			t.Errorf("the client got %s", cl.summary())
		}
	})
	t.Run("unitmon", func(t *testing.T) {
		j := j
		j.shared = kit.Share(t)
		c := underUnitmon(t, j)
		connect(t, c.attach()) // never reads
		j.shared.Go(t)
		if code := c.exit(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
}

// TestDefect_Leak: without -i conmon keeps the connection of a client that has
// sent input, for ever.
func TestDefect_Leak(t *testing.T) {
	const clients = 8 // less than conmon listens for, 10
	root := kit.BusyboxRoot(t)
	for _, m := range monitors() {
		t.Run(m.name, func(t *testing.T) {
			shared := kit.Share(t)
			c := m.make(t, job{root: root, shared: shared, script: goFIFO + "echo up; while read x </shared/go; do echo on; done"})
			watcher := dial(t, c.attach())
			c.begin()
			shared.Go(t)
			watcher.await("up\n")
			before := sockets(t, process(t, c))
			for range clients {
				cl := dial(t, c.attach())
				cl.send([]byte("nobody reads this"))
				cl.close()
			}
			awaitAccepted(t, c, shared, watcher)
			leaked := sockets(t, process(t, c)) - before - 1
			if m.name == "conmon" && leaked != clients {
				t.Errorf("%d connections are left of %d: the defect is another", leaked, clients)
			}
			if m.name != "conmon" && leaked != 0 {
				t.Errorf("%d connections are left of %d", leaked, clients)
			}
			c.kill(9)
			if got := ended(c, watcher); got.Code != 137 {
				t.Error(describe(got))
			}
		})
	}
}

// awaitAccepted returns when the clients that have come were looked at: one that
// comes after them sees output. The container writes a line whenever it may.
func awaitAccepted(t testing.TB, c ctr, shared kit.Shared, watcher *client) {
	t.Helper()
	last := dial(t, c.attach())
	for lines := 1; ; lines++ {
		shared.Go(t)
		watcher.await("up\n" + strings.Repeat("on\n", lines))
		if n, _ := last.size(); n > 0 {
			return
		}
		if lines == 1000 {
			t.Fatal("a client is not accepted")
		}
	}
}

// process is what holds a container's clients.
func process(t testing.TB, c ctr) int {
	t.Helper()
	switch c := c.(type) {
	case conmonCtr:
		return c.Monitor
	case unitmonCtr:
		return kit.MainPID(t, c.relay())
	}
	return 0
}

// sockets counts the sockets of a process.
func sockets(t testing.TB, pid int) int {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd/", pid)
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range list {
		if to, _ := os.Readlink(dir + e.Name()); strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}
