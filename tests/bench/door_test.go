package bench

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/kit"
)

// door measures single lives of monitors as podman starts them.
type door struct {
	stem  string // of IDs
	bus   *dbus.Conn
	ends  *gone // of scopes
	count int
}

// newDoor sees to it that the monitors' slice stays, which the manager would
// otherwise make and remove with every scope.
func newDoor(tb testing.TB) *door {
	tb.Helper()
	stem := filepath.Base(shortDir(tb))
	unit := fmt.Sprintf("bench-door-%s.service", stem)
	kit.OK(tb, "systemd-run", "--quiet", "--collect", "--unit="+unit, "--slice="+slice, "-p", "Type=exec", "sleep", "infinity")
	tb.Cleanup(func() { kit.Run(tb, "systemctl", "stop", unit) })
	return &door{stem: stem, bus: systemBus(tb), ends: watchRemovals(tb, filepath.Join(cgroupRoot, slice))}
}

// doorColumns are what is measured: until the launched process has ended, until
// the engine has the sync pipe's message, from the container's death to its exit
// file's name and to the monitor's end; and CPU times: of the monitor's
// processes, of the engine's call for a scope, of the manager and of the bus,
// and of them all.
func doorColumns() []column {
	ms := func(name, raw string, paired bool) column {
		return column{name: name, unit: "ms", raw: raw + "-ns/op", per: 1e6, paired: paired}
	}
	us := func(name, raw string) column {
		return column{name: name, unit: "us", raw: raw + "-ns/op", per: 1e3, paired: true}
	}
	return []column{
		ms("launch", "launch", true), ms("sync", "sync", true), us("exit file", "exit"), us("end", "end"),
		ms("cpu", "cpu", true), ms("monitor", "monitor", true),
		ms("engine", "engine", false), ms("PID 1", "pid1", false), ms("bus", "bus", false),
	}
}

// scoped is who makes a scope for the monitor.
type scoped int

const (
	byNobody scoped = iota
	byEngine
	byMonitor
)

// scope is the name of a container's, empty if there is none.
func (s scoped) scope(id string) string {
	return [...]string{"", "libpod-conmon-" + id + ".scope", "unitmon-conmon-" + id + ".scope"}[s]
}

// pass is a variant: one life of the monitor at path.
func (d *door) pass(name, path string, s scoped, env ...string) variant {
	return variant{name, func(tb testing.TB) sample {
		tb.Helper()
		d.count++
		p := newPassage(tb, containerID(fmt.Sprintf("%s-%d", d.stem, d.count)))
		defer p.close(tb)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := sys.SetSubreaper(true); err != nil { // what is left is a child, which has CPU times
			tb.Fatal(err)
		}
		defer func() { _ = sys.SetSubreaper(false) }()
		settled(tb, d.bus)
		before := measure(tb)
		l := p.live(tb, path, env, s)
		if unit := s.scope(p.id); unit != "" {
			d.ends.wait(tb, unit)
		}
		settled(tb, d.bus)
		u := measure(tb).since(before)
		return sample{
			float64(l.launch), float64(l.sync), float64(l.exit), float64(l.end),
			float64(p.cpu + l.engine + u.Manager + u.Bus), float64(p.cpu),
			float64(l.engine), float64(u.Manager), float64(u.Bus),
		}
	}}
}

// life is how long the parts of a passage took, see doorColumns.
type life struct{ launch, sync, exit, end, engine time.Duration }

// live is a passage from begin to end, in podman's order.
func (p *passage) live(tb testing.TB, path string, env []string, s scoped) life {
	tb.Helper()
	var l life
	first := p.launch(tb, path, env)
	if s == byEngine {
		l.engine = engineScope(tb, s.scope(p.id), first)
	}
	p.let(tb)
	p.ended(tb, first, 0)
	l.launch = time.Since(p.begin)
	p.created(tb)
	l.sync = time.Since(p.begin)
	if unit := s.scope(p.id); unit != "" && len(processes(slice+"/"+unit)) == 0 {
		tb.Fatalf("nobody is in %s", unit)
	}
	p.started(tb)
	dead := time.Now()
	p.kill(tb)
	p.recorded(tb)
	l.exit = time.Since(dead)
	p.ended(tb, p.monitor, 128+9)
	l.end = time.Since(dead)
	p.monitor = 0
	if got := p.exit(tb); got != "137" {
		tb.Fatalf("the exit file says %q", got)
	}
	return l
}

// doors are the benchmarks of this file: monitors that nobody makes a scope for,
// and everybody who has one, beside conmon and an engine that makes it.
func doors(tb testing.TB) []result {
	tb.Helper()
	d := newDoor(tb)
	theirs, ours := debianConmon, ourConmon(tb)
	return []result{
		{
			name:    "stay",
			title:   "life of a conmon with a trivial runtime, without a scope",
			columns: doorColumns(),
			variants: []variant{
				d.pass(conmonName(), theirs, byNobody),
				d.pass("unitmon's conmon", ours, byNobody, "UNITMON_UNIT=stay"),
			},
		},
		{
			name:    "scope",
			title:   "life of a conmon with a trivial runtime, in a scope",
			columns: doorColumns(),
			variants: []variant{
				d.pass(conmonName()+", engine's scope", theirs, byEngine),
				d.pass("unitmon's conmon, its own scope", ours, byMonitor, "UNITMON_UNIT=scope"),
				d.pass("unitmon's conmon, engine's scope", ours, byEngine, "UNITMON_UNIT=auto"),
			},
		},
	}
}

// TestDoors runs every life once.
func TestDoors(t *testing.T) {
	for _, r := range doors(t) {
		r.play(t, 1)
		r.succeeded(t)
		for i, v := range r.variants {
			s := r.samples[i][0]
			launch, sync, exit, end := s[0], s[1], s[2], s[3]
			if launch <= 0 || sync < launch || exit <= 0 || end < exit {
				t.Errorf("%s, %s: launch %v, sync %v, exit file %v, end %v ns", r.name, v.name, launch, sync, exit, end)
			}
			all, monitor, engine, manager, bus := s[4], s[5], s[6], s[7], s[8]
			if monitor <= 0 || all != monitor+engine+manager+bus {
				t.Errorf("%s, %s: cpu %v, monitor %v, engine %v, manager %v, bus %v ns", r.name, v.name, all, monitor, engine, manager, bus)
			}
			if scope := r.name == "scope"; scope && manager < float64(time.Millisecond/4) {
				t.Errorf("%s, %s: a scope costs PID 1 %v ns", r.name, v.name, manager)
			}
			if asks := r.name == "scope" && i != 1; asks != (engine > 0) {
				t.Errorf("%s, %s: the engine's call takes %v ns", r.name, v.name, engine)
			}
		}
	}
}

func BenchmarkDoor(b *testing.B) {
	for _, r := range doors(b) {
		b.Run(r.name, func(b *testing.B) { r.bench(b, knob(b, "UNITMON_BENCH_DOORS", 100), 1) })
	}
}
