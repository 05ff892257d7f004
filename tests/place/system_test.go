package place

import (
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/unitmon/unitmon/internal/engine/place"
	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// podmans are the properties that make a scope like podman's.
var podmans = []string{
	"Slice", "Delegate", "DefaultDependencies", "CollectMode", "KillSignal", "KillMode", "TimeoutStopUSec", "OOMPolicy", "Description",
}

// TestRegister: a monitor that has no unit gets a scope; that of an exec session
// comes into the same; with the last of them everything is gone.
func TestRegister(t *testing.T) {
	for _, way := range []string{"bus", "private", "dead"} {
		t.Run(way, func(t *testing.T) {
			id := id("5e" + way[:1])
			scope, _ := place.ScopeName(id)
			first := start(t, nil, id, way)
			if first.Decision.Kind != place.Scope || first.Err != "" || first.User {
				t.Errorf("%+v", first.word)
			}
			if first.After.Unit != scope || first.After.Cgroup != "/machine.slice/"+scope {
				t.Errorf("it is in %+v, want %s", first.After, scope)
			}
			want := "Slice=machine.slice Delegate=yes DefaultDependencies=no CollectMode=inactive-or-failed KillSignal=15 " +
				"KillMode=control-group TimeoutStopUSec=1min 30s OOMPolicy=continue Description=conmon of container web (" + id[:12] + ")"
			if got := kit.Show(t, scope, podmans...); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			second := start(t, nil, id, way)
			if second.Err != "" || second.After.Unit != scope {
				t.Errorf("the exec session's: %+v", second.word)
			}
			first.end()
			if got := kit.Show(t, scope, "ActiveState"); got != "ActiveState=active" {
				t.Errorf("without the first: %s", got)
			}
			second.end()
			nothingLeft(t, scope)
		})
	}
}

// TestRegister_Many: monitors of one container that start and end at once all
// come into one scope, whoever made it, and whether it was about to go.
func TestRegister_Many(t *testing.T) {
	id := id("3a")
	scope, _ := place.ScopeName(id)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				r, err := launch(t, nil, id)
				if err != nil {
					t.Error(err)
					return
				}
				if r.Err != "" || r.After.Unit != scope {
					t.Errorf("%+v", r.word)
				}
				r.end()
			}
		})
	}
	all.Wait()
	nothingLeft(t, scope)
}

// TestRegister_Stop: who stops the scope stops the monitor, by SIGTERM.
func TestRegister_Stop(t *testing.T) {
	id := id("570b")
	scope, _ := place.ScopeName(id)
	r := start(t, nil, id)
	kit.OK(t, "systemctl", "stop", scope)
	if err := r.cmd.Wait(); err == nil || err.Error() != "signal: terminated" {
		t.Errorf("it ended with %v", err)
	}
	nothingLeft(t, scope)
}

// TestRegister_Foreign: a scope of that name that is not to be joined is left
// alone, and so is the monitor.
func TestRegister_Foreign(t *testing.T) {
	id := id("f0")
	scope, _ := place.ScopeName(id)
	other := start(t, []string{"systemd-run", "--quiet", "--scope", "--unit=" + scope}, id)
	if other.Decision.Kind != place.Stay || other.After.Unit != scope {
		t.Errorf("%+v", other.word)
	}
	r := start(t, nil, id)
	if r.Decision.Kind != place.Scope || !strings.Contains(r.Err, "non-delegated") || r.After != r.Before {
		t.Errorf("%+v", r.word)
	}
	other.end()
	nothingLeft(t, scope)
}

// TestStay_Engine: in the scope that an engine made, a monitor stays, and
// describes itself.
func TestStay_Engine(t *testing.T) {
	for _, prefix := range []string{"libpod-conmon-", "crio-conmon-"} {
		id := id("e1")
		scope := prefix + id + ".scope"
		line := []string{"systemd-run", "--quiet", "--scope", "--slice=machine.slice", "--property=Delegate=yes", "--unit=" + scope}
		r := start(t, line, id, "describe")
		if r.Decision.Kind != place.Stay || r.Decision.Describe != scope || r.Err != "" || r.After != r.Before {
			t.Errorf("%+v", r.word)
		}
		const want = "Description=conmon of container web (e10000000000): running, pid 77, log journald"
		if got := kit.Show(t, scope, "Description"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := kit.OK(t, "systemctl", "status", scope); !strings.Contains(got, scope+" - "+strings.TrimPrefix(want, "Description=")) {
			t.Errorf("systemctl status:\n%s", got)
		}
		r.end()
		nothingLeft(t, scope)
	}
}

// TestStay_Service: in a service a monitor stays and changes nothing.
func TestStay_Service(t *testing.T) {
	const name = "quadlet.service"
	line := []string{"systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--unit=" + name, "--description=the admin's", "--property=Delegate=yes"}
	for below, line := range map[string][]string{
		"": line,
		// systemd-run makes one dollar sign of two.
		"runtime": append(line, "sh", "-c",
			`cd /sys/fs/cgroup/system.slice/quadlet.service && mkdir runtime && echo 0 >runtime/cgroup.procs && exec "$$@"`, "sh"),
	} {
		r := start(t, line, id("5e1"), "describe")
		if r.Decision.Kind != place.Stay || r.Decision.Describe != "" || r.Before.Unit != name || r.Before.Below != below || r.After != r.Before {
			t.Errorf("%+v", r.word)
		}
		if refused := place.ServiceRefused(r.Before, r.Facts); len(refused) != 1 {
			t.Errorf("service: %q", refused)
		}
		if got := kit.Show(t, name, "Description", "MainPID"); !strings.HasPrefix(got, "Description=the admin's MainPID=") {
			t.Errorf("%s", got)
		}
		r.end()
		nothingLeft(t, name)
	}
}

// TestLook: what the box is for root and for others.
func TestLook(t *testing.T) {
	r := start(t, nil, id("100"))
	want := place.Facts{ID: id("100"), Reachable: true, SameUsers: true, SameMounts: true}
	if r.Facts != want {
		t.Errorf("root: %+v", r.Facts)
	}
	r = start(t, []string{"unshare", "--mount"}, id("101"))
	want = place.Facts{ID: id("101"), Reachable: true, SameUsers: true}
	if r.Facts != want || r.Err != "" {
		t.Errorf("with mounts of its own: %+v", r.word)
	}
	r = start(t, kit.LookupUser(t, "alice").As(), id("102"))
	want = place.Facts{ID: id("102"), Reachable: true, User: true}
	if r.Facts != want {
		t.Errorf("alice: %+v", r.Facts)
	}
}

// TestFind: what Find says of each process of the box is what the manager says.
func TestFind(t *testing.T) {
	start(t, kit.LookupUser(t, "alice").As(), id("f1d"))
	ctx := kit.Context(t)
	m, err := unit.Dial(ctx, unit.System)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	compared, users := 0, 0
	for _, p := range kit.Processes(t) {
		found, err := place.Find(p.PID)
		if err != nil {
			continue // it has ended
		}
		want, err := m.UnitByPID(ctx, p.PID)
		if err != nil {
			continue
		}
		compared++
		got := found.Unit
		if found.User {
			users++
			got = "user@" + kit.LookupUser(t, "alice").UID + ".service"
		}
		if got != want {
			t.Errorf("process %d, %q: %q, the manager says %q", p.PID, p.Args, found.Unit, want)
		}
	}
	if compared < 5 || users == 0 {
		t.Errorf("%d processes compared, %d of a user's manager", compared, users)
	}
	if p, err := place.Find(0); err != nil || !strings.HasPrefix(p.Unit, "box-run-") {
		t.Errorf("the test itself: %+v, %v", p, err)
	}
	if _, err := place.Find(1 << 30); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a process that is not: %v", err)
	}
}
