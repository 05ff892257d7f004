package attach

import (
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/tests/kit"
)

// job is a container for a monitor to run.
type job struct {
	root          string // of kit.BusyboxRoot
	script        string
	shared        kit.Shared
	stdin         bool // -i
	leaveOpen     bool // --leave-stdin-open
	unitmonOption []string
}

// exitMessage is the MESSAGE_ID of the record of an exit (docs/PROTOCOLS.md).
const exitMessage = "5c0f2c6dd5d94c0aa5b1d1b4b6d0c9b4"

// ctr is a container under one of the two monitors. It is created, and runs as
// soon as begin was called, or earlier.
type ctr interface {
	attach() string // path of the socket
	begin()
	kill(sig syscall.Signal)
	exit() int // waits for the end; 128+n for signal n
}

// monitor is conmon, or unitmon in one of the ways that it stores output.
type monitor struct {
	name string
	make func(t testing.TB, j job) ctr
}

func monitors() []monitor {
	return []monitor{
		{"conmon", underConmon},
		{"unitmon", underUnitmon},
		{"unitmon, no log", func(t testing.TB, j job) ctr {
			t.Helper()
			j.unitmonOption = append(j.unitmonOption, "--log", "none")
			return underUnitmon(t, j)
		}},
	}
}

type conmonCtr struct {
	t testing.TB
	*kit.Conmon
}

func underConmon(t testing.TB, j job) ctr {
	t.Helper()
	var options []string
	if j.stdin {
		options = append(options, "-i")
	}
	if j.leaveOpen {
		options = append(options, "--leave-stdin-open")
	}
	return conmonCtr{t, kit.NewConmon(t, newName("conmon"), kit.ShellBundle(t, j.root, j.shared, j.script), options...)}
}

func (c conmonCtr) attach() string          { return c.Attach }
func (c conmonCtr) begin()                  { c.Start(c.t) }
func (c conmonCtr) kill(sig syscall.Signal) { c.Kill(c.t, sig) }
func (c conmonCtr) exit() int               { return c.Wait(c.t) }

type unitmonCtr struct {
	t    testing.TB
	name string
}

func underUnitmon(t testing.TB, j job) ctr {
	t.Helper()
	c := unitmonCtr{t, newName("attach")}
	options := append([]string{"--runtime", "runc", "--bundle", kit.ShellBundle(t, j.root, j.shared, j.script)}, j.unitmonOption...)
	if j.stdin {
		options = append(options, "-i")
	}
	if j.leaveOpen {
		options = append(options, "--leave-stdin-open")
	}
	kit.Detach(t, c.name, append(options, c.name)...)
	t.Cleanup(func() { kit.LogOnFailure(t, c.name) })
	return c
}

func (c unitmonCtr) unit() string   { return kit.Units(c.name)[0] }
func (c unitmonCtr) relay() string  { return kit.Units(c.name)[1] }
func (c unitmonCtr) attach() string { return "/run/unitmon/" + c.name + "/attach" }
func (c unitmonCtr) begin()         {}

func (c unitmonCtr) kill(sig syscall.Signal) {
	c.t.Helper()
	kit.OK(c.t, "systemctl", "kill", "--kill-who=main", "--signal="+strconv.Itoa(int(sig)), c.unit())
}

// exit waits for the exit's record in the journal and reads it.
func (c unitmonCtr) exit() int {
	c.t.Helper()
	match := []string{"MESSAGE_ID=" + exitMessage, "UNITMON_NAME=" + c.name}
	var list []journal.Fields
	follow := append([]string{"journalctl", "--follow", "--no-tail", "--output=cat"}, match...)
	kit.Until(c.t, exec.CommandContext(kit.Context(c.t), follow[0], follow[1:]...), func() bool {
		list = kit.Entries(c.t, match...)
		return len(list) > 0
	})
	if len(list) > 1 {
		c.t.Errorf("%s: the exit has %d records", c.name, len(list))
	}
	status := list[0].Get("UNITMON_EXIT_STATUS")
	if list[0].Get("UNITMON_EXIT_CODE") != "exited" {
		return 128 + int(unix.SignalNum("SIG"+status))
	}
	n, err := strconv.Atoi(status)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

var names = make(chan int, 1)

// newName returns a name that no other container of this package has.
func newName(prefix string) string {
	n := 0
	select {
	case n = <-names:
	default:
	}
	names <- n + 1
	return fmt.Sprintf("%s-%d", prefix, n)
}
