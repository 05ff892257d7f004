package conmon

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// rotationDefects are of conmon 2.2.1: 2.1.6 has no --log-rotate.
func rotationDefects() []defect {
	const why = "no --log-rotate before 2.2.0"
	const lines = "for i in 1 2 3 4 5 6 7 8; do echo 12345678901234567890$i; done"
	rotating := func(options ...string) func() rig.Setup {
		return shell(lines, append([]string{"--log-size-max", "200", "--log-rotate"}, options...)...)
	}
	return []defect{
		{
			name: "one rotated file", setup: rotating("--log-max-files", "1"), play: rotated,
			why: why, want: "log 78, log.1 56",
		},
		{
			name: "two rotated files", setup: rotating("--log-max-files", "2"), play: rotated,
			why: why, want: "log 78, log.1 56, log.2 34",
		},
		{
			name: "log.new of one that was killed", setup: func() rig.Setup {
				s := rotating("--log-max-files", "1")()
				s.Before = func(dir string) { _ = os.WriteFile(filepath.Join(dir, "log.new"), []byte("x"), 0o600) }
				return s
			}, play: rotated,
			why: why, want: "log 78, log.1 56",
		},
		{
			name: "log that is a link", setup: func() rig.Setup {
				s := rotating("--log-max-files", "1")()
				s.Before = func(dir string) { _ = os.Symlink("elsewhere", filepath.Join(dir, "log")) }
				return s
			}, play: rotated,
			why: why, want: "log 78, log.1 56",
		},
		{
			name: "log outside the allowed directories", setup: rotating("--log-allowlist-dir", "$D/sockets"), play: refused,
			why: why, want: "refused",
		},
		{
			name: "log in an allowed directory", setup: rotating("--log-max-files", "1", "--log-allowlist-dir", "$D"), play: rotated,
			why: why, want: "log 78, log.1 56",
		},
		{
			name: "descriptors of rotations", setup: shell("echo a; read x <$D/go; "+lines+"; "+lines+"; echo z; read x <$D/go", "--log-size-max", "200", "--log-rotate", "--log-max-files", "1"),
			play: rotationLeak, why: why, want: "0 descriptors more",
		},
	}
}

// rotated says which lines are in which file.
func rotated(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	r := m.Begin(t, s)
	r.End()
	var list []string
	for _, name := range []string{"log", "log.1", "log.2", "log.3"} {
		if r.Read(name) == "none" {
			continue
		}
		lines := ""
		for _, rec := range r.Joined(name) {
			lines += rec[len(rec)-1:]
		}
		list = append(list, name+" "+lines)
	}
	return strings.Join(list, ", ")
}

func refused(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	r := m.Launch(t, s)
	r.Start.Close()
	if code, said := r.First(); code == 0 || !strings.Contains(said, "--log-allowlist-dir") {
		return "taken: " + said
	}
	return "refused"
}

// rotationLeak counts descriptors before and after the log was away.
func rotationLeak(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	r.AwaitRecord("log", "stdout F a")
	before := r.Descriptors()
	must(t, os.Remove(r.Path("log")))
	must(t, os.Chmod(r.Dir, 0o777)) // where conmon does not make one anew
	r.Line("go", "x")
	r.AwaitRecord("log", "stdout F z")
	return fmt.Sprintf("%d descriptors more", r.Descriptors()-before)
}
