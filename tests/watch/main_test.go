// Package watch shows, on a real systemd, what scripts cannot: that no event of
// containers that live a moment only is lost, that a restart of the bus does not
// end the watch, and that a paused container can be stopped at once.
package watch

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}

// event is what a test looks at in an event.
type event struct {
	Type, Name, Result, Message, InvocationID string
	ExitCode                                  *int
	ExitSignal, Restarts                      int
}

// watch is a running "unitmon events --follow --json".
type watch struct {
	t   *testing.T
	in  *bufio.Reader
	all []event
}

// follow starts a watch that is known to see what happens from now on.
func follow(t *testing.T, args ...string) *watch {
	t.Helper()
	cmd := exec.CommandContext(kit.Context(t), "unitmon", append([]string{"events", "--follow", "--json"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &watch{t: t, in: bufio.NewReader(out)}
}

// until reads events until one is as wanted, and returns all that came.
func (w *watch) until(typ, name string) []event {
	w.t.Helper()
	from := len(w.all)
	for {
		line, err := w.in.ReadString('\n')
		if err != nil {
			w.t.Fatalf("waited for %s of %s: %v; so far: %+v", typ, name, err, w.all)
		}
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			w.t.Fatalf("%q: %v", line, err)
		}
		w.all = append(w.all, e)
		if e.Type == typ && e.Name == name {
			return w.all[from:]
		}
	}
}

// past is what "unitmon events --json" says of containers.
func past(t *testing.T, names ...string) (list []event) {
	t.Helper()
	for line := range strings.Lines(kit.OK(t, append([]string{"unitmon", "events", "--json"}, names...)...)) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		list = append(list, e)
	}
	return list
}
