// Package limits shows, in a User Mode Linux guest, which has all cgroup
// controllers, what unitmon events, stats and update say of limits.
package limits

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

func TestMain(m *testing.M) {
	box.GuestMain(m, box.GuestOptions{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}

// TestOOM: a process that is killed for want of memory is an event, live and
// past, also when the container goes on.
func TestOOM(t *testing.T) {
	kit.Detach(t, "ready", "--rootfs", kit.BusyboxRoot(t), "ready", "--", "sleep", "1000")
	cmd := exec.CommandContext(kit.Context(t), "unitmon", "events", "--follow", "--since", "-10min")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	in := bufio.NewReader(out)
	until(t, in, " ready start")
	r := kit.Unitmon(t, "run", "--rootfs", kit.BusyboxRoot(t), "-p", "MemoryMax=24M", "-p", "MemorySwapMax=0",
		"oom1", "--", "sh", "-c", "tail /dev/zero; exit 5")
	if r.Code != 5 {
		t.Fatalf("%+v", r)
	}
	until(t, in, " oom1 exit code 5", " oom1 oom: ")
	if past := kit.OK(t, "unitmon", "events", "oom1"); strings.Count(past, " oom1 oom: ") != 1 {
		t.Errorf("the journal has:\n%s", past)
	}
}

// until reads lines until each of the texts was in one.
func until(t *testing.T, in *bufio.Reader, texts ...string) {
	t.Helper()
	for len(texts) > 0 {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("waited for %q: %v", texts, err)
		}
		texts = slices.DeleteFunc(texts, func(s string) bool { return strings.Contains(line, s) })
	}
}

// TestFigures: with the controllers there are all figures, and a limit that is
// changed is the kernel's.
func TestFigures(t *testing.T) {
	kit.Detach(t, "figures", "--rootfs", kit.BusyboxRoot(t), "-p", "TasksMax=30", "figures", "--", "sleep", "1000")
	if r := kit.Unitmon(t, "update", "figures", "MemoryMax=64M"); r.Code != 0 || r.Stderr != "" {
		t.Fatalf("%+v", r)
	}
	data, err := os.ReadFile("/sys/fs/cgroup" + kit.Property(t, "unitmon-figures.service", "ControlGroup") + "/memory.max")
	if err != nil || string(data) != "67108864\n" {
		t.Errorf("the kernel's limit is %q, %v", data, err)
	}
	var list []map[string]any
	out := kit.OK(t, "unitmon", "stats", "--no-stream", "--json", "figures")
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
		t.Fatalf("%s: %v", out, err)
	}
	s := list[0]
	if s["memoryMax"] != float64(64<<20) || s["pidsMax"] != 30.0 || s["pidsCurrent"] != 1.0 {
		t.Errorf("%s", out)
	}
	for _, key := range []string{"cpuUsageUSec", "cpuPercent", "memoryCurrent", "ioReadBytes", "ioWriteBytes"} {
		if s[key] == nil {
			t.Errorf("no %s in %s", key, out)
		}
	}
}
