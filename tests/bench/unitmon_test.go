package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// unitmon starts containers by "unitmon run -d". Their monitor is what is in the
// relay's unit.
type unitmon struct {
	root  string
	stem  string // of names
	count int
	ends  *gone
}

func newUnitmon(tb testing.TB) *unitmon {
	tb.Helper()
	u := &unitmon{root: kit.BusyboxRoot(tb), stem: filepath.Base(shortDir(tb)), ends: watchRemovals(tb, "/run/unitmon")}
	copyFile(tb, program("payload"), filepath.Join(u.root, "payload"))
	return u
}

func (u *unitmon) start(tb testing.TB, j job) *running {
	tb.Helper()
	u.count++
	r := &running{gate: newGate(tb), name: fmt.Sprintf("bench-%s-%d", u.stem, u.count)}
	r.attach = filepath.Join("/run/unitmon", r.name, "attach")
	r.group = "system.slice/" + kit.Units(r.name)[1]
	args := append([]string{"unitmon", "run", "-d", "--runtime", "runc", "--rootfs", u.root, "-v", r.dir + ":/shared"}, u.options(j)...)
	args = append(args, r.name, "--", "/payload", j.payload[0], "/shared")
	tb.Cleanup(func() {
		if _, err := os.Lstat(filepath.Join("/run/unitmon", r.name)); err == nil {
			kit.Purge(tb, r.name)
		}
	})
	r.id = strings.TrimSpace(kit.OK(tb, append(args, j.payload[1:]...)...))
	r.ended = func(tb testing.TB) {
		kit.Await(tb, kit.Units(r.name)[0], "Result=success SubState=dead", "Result", "SubState")
	}
	r.stop = func(tb testing.TB) {
		if j.ends {
			kit.Purge(tb, r.name)
			return
		}
		kit.OK(tb, "systemctl", "kill", "--signal=KILL", kit.Units(r.name)[0])
		u.ends.wait(tb, r.name)
	}
	r.ready(tb)
	return r
}

// options are those of "unitmon run" for a job. The journal is the default, so
// it needs none.
func (u *unitmon) options(j job) []string {
	var args []string
	switch j.log.driver {
	case logJournal:
	case logFile:
		args = append(args, "--log", logFile+":"+j.log.path, "--log-no-sync", "--log-max-size", fmt.Sprint(j.log.max))
	default:
		args = append(args, "--log", j.log.driver)
	}
	if j.ends {
		args = append(args, "--keep")
	}
	if j.stdin {
		args = append(args, "-i")
	}
	if j.tty {
		args = append(args, "-t")
	}
	if j.idle == "" {
		j.idle = "never"
	}
	return append(args, "--relay-idle", j.idle)
}
