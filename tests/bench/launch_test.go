package bench

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/unitmon/unitmon/tests/kit"
)

// launcher measures single launches.
type launcher struct {
	brief, lasting string // bundles: of true, of sleep
	dir            string // for pid files
	bus            *dbus.Conn
	ends           *gone // of containers' directories
	count          int
}

func newLauncher(tb testing.TB) *launcher {
	tb.Helper()
	brief, _ := newBundle(tb, "true")
	lasting, _ := newBundle(tb, "sleep", "1000")
	return &launcher{brief: brief, lasting: lasting, dir: tb.TempDir(), bus: systemBus(tb), ends: watchRemovals(tb, "/run/unitmon")}
}

// launchColumns are what is measured of a launch: the time until the command
// returns, and the CPU time of everything in the box until its end.
func launchColumns() []column {
	ms := func(name, raw string, paired bool) column {
		return column{name: name, unit: "ms", raw: raw, per: 1e6, paired: paired}
	}
	return []column{
		ms("wall", "ns/op", true), ms("cpu", "cpu-ns/op", true),
		ms("PID 1", "pid1-ns/op", false), ms("bus", "bus-ns/op", false),
		ms("journald", "journald-ns/op", false), ms("rest", "rest-ns/op", false),
	}
}

// way is one way to launch: the command for a name; what waits for the
// container's end and removes what it leaves, as part of the work; and what
// does so afterwards, unmeasured. Both may be nil.
type way struct {
	title   string
	command func(name string) []string
	end     func(tb testing.TB, name string)
	clean   func(tb testing.TB, name string)
}

func (l *launcher) launch(w way) variant {
	return variant{w.title, func(tb testing.TB) sample {
		tb.Helper()
		l.count++
		name := fmt.Sprintf("bench-%d", l.count)
		settled(tb, l.bus)
		before := measure(tb)
		wall := run(tb, w.command(name))
		if w.end != nil {
			w.end(tb, name)
		}
		settled(tb, l.bus)
		u := measure(tb).since(before)
		if w.clean != nil {
			w.clean(tb, name)
		}
		return sample{
			float64(wall), float64(u.All),
			float64(u.Manager), float64(u.Bus), float64(u.Journald), float64(u.Rest),
		}
	}}
}

// run runs a command, which must succeed, with /dev/null for what the container
// inherits, and says how long that took.
func run(tb testing.TB, args []string) time.Duration {
	tb.Helper()
	cmd := exec.CommandContext(kit.Context(tb), args[0], args[1:]...)
	begin := time.Now()
	err := cmd.Run()
	wall := time.Since(begin)
	if err != nil {
		tb.Fatalf("%s: %v", args, err)
	}
	return wall
}

func (l *launcher) pidFile(name string) string { return filepath.Join(l.dir, name) }

// runcDetached is the runtime alone: nobody supervises the container, and
// "runc delete" removes it.
func (l *launcher) runcDetached() way {
	return way{
		title:   "runc run -d",
		command: func(name string) []string { return l.runc(l.brief, name, "-d", "--pid-file", l.pidFile(name)) },
		end: func(tb testing.TB, name string) {
			awaitExit(tb, l.pidFile(name))
			deleteByRunc(tb, name)
		},
	}
}

func (l *launcher) runcLasting() way {
	return way{
		title:   "runc run -d",
		command: func(name string) []string { return l.runc(l.lasting, name, "-d") },
		clean:   deleteByRunc,
	}
}

func (l *launcher) runcForeground() way {
	return way{title: "runc run", command: func(name string) []string { return l.runc(l.brief, name) }}
}

func (l *launcher) runc(bundle, name string, options ...string) []string {
	return append(append([]string{"runc", "run", "--bundle", bundle}, options...), name)
}

func deleteByRunc(tb testing.TB, name string) {
	tb.Helper()
	kit.OK(tb, "runc", "delete", "--force", name)
}

// systemdRun is a unit whose main process is the runtime, in the foreground.
func (l *launcher) systemdRun(option string) way {
	args := []string{"systemd-run", "--quiet", "--collect", "--wait"}
	if option != "" {
		args = append(args, option)
	}
	return way{
		title: fmt.Sprintf("systemd-run --wait%s runc run", spaced(option)),
		command: func(name string) []string {
			return append(append(args[:len(args):len(args)], "--unit="+name), l.runc(l.brief, name)...)
		},
	}
}

// systemdRunLasting is the nearest to what unitmon does that can be had by
// hand: the container's init is the unit's main process.
func (l *launcher) systemdRunLasting() way {
	return way{
		title: "systemd-run Type=forking runc run -d",
		command: func(name string) []string {
			pid := l.pidFile(name)
			args := []string{
				"systemd-run", "--quiet", "--collect", "--unit=" + name,
				"-p", "Type=forking", "-p", "Delegate=yes", "-p", "PIDFile=" + pid,
			}
			return append(args, l.runc(l.lasting, name, "-d", "--pid-file", pid)...)
		},
		clean: func(tb testing.TB, name string) {
			kit.Await(tb, name+".service", "ActiveState=active", "ActiveState")
			deleteByRunc(tb, name)
		},
	}
}

func (l *launcher) unitmon(option string) way {
	return way{
		title: "unitmon run" + spaced(option),
		command: func(name string) []string {
			args := []string{"unitmon", "run", "--runtime", "runc", "--bundle", l.brief}
			if option != "" {
				args = append(args, option)
			}
			return append(args, name)
		},
		end: l.ends.wait,
	}
}

func (l *launcher) unitmonLasting() way {
	return way{
		title: "unitmon run -d",
		command: func(name string) []string {
			return []string{"unitmon", "run", "-d", "--runtime", "runc", "--bundle", l.lasting, name}
		},
		clean: func(tb testing.TB, name string) {
			kit.OK(tb, "systemctl", "kill", "--signal=KILL", kit.Units(name)[0])
			l.ends.wait(tb, name)
		},
	}
}

func spaced(option string) string {
	if option == "" {
		return ""
	}
	return " " + option
}

// all makes variants of ways.
func (l *launcher) all(ways ...way) []variant {
	var list []variant
	for _, w := range ways {
		list = append(list, l.launch(w))
	}
	return list
}

// launches are the benchmarks of this file. In each, unitmon is the last row.
func launches(tb testing.TB) []result {
	tb.Helper()
	l := newLauncher(tb)
	return []result{
		{
			name:     "start",
			title:    "start of a container that goes on (sleep), until the command returns; CPU until then",
			variants: l.all(l.runcLasting(), l.systemdRunLasting(), l.unitmonLasting()),
		},
		{
			name:     "detached",
			title:    "life of a container that ends at once (true), detached, until the command returns; CPU until nothing is left",
			variants: l.all(l.runcDetached(), l.systemdRun(""), l.unitmon("-d")),
		},
		{
			name:     "foreground",
			title:    "life of a container that ends at once (true), in the foreground; CPU until nothing is left",
			variants: l.all(l.runcForeground(), l.systemdRun("--pipe"), l.unitmon("")),
		},
	}
}

func BenchmarkLaunch(b *testing.B) {
	for _, r := range launches(b) {
		r.columns = launchColumns()
		b.Run(r.name, func(b *testing.B) {
			r.bench(b, launchRounds(b), len(r.variants)-1)
		})
	}
}
