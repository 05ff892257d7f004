package terminal

import (
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestMode: the person's terminal is in raw mode while the container runs, and
// as before whenever unitmon has ended, however that was.
func TestMode(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		during       func(t *testing.T, term *kit.Terminal, j *kit.Job, name string)
		code         int
	}{
		{"exit", "echo up; read x; exit 3", func(t *testing.T, term *kit.Terminal, _ *kit.Job, _ string) { term.Type(t, "\r") }, 3},
		{"interrupt", "trap 'exit 4' INT; echo up; while :; do sleep 0.1; done", func(t *testing.T, term *kit.Terminal, _ *kit.Job, _ string) {
			term.Type(t, "\x03") // a key for the container, no signal for unitmon
		}, 4},
		{"detach", "echo up; read x", func(t *testing.T, term *kit.Terminal, _ *kit.Job, _ string) { term.Type(t, "\x10\x11") }, 0},
		{"container killed", "echo up; read x", func(t *testing.T, _ *kit.Terminal, _ *kit.Job, name string) {
			kit.OK(t, "systemctl", "kill", "--signal=KILL", kit.Units(name)[0])
		}, 137},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := "mode-" + strings.ReplaceAll(tt.name, " ", "-")
			term, j := interactive(t, name, tt.script)
			tt.during(t, term.Terminal, j, name)
			if code := j.Wait(t); code != tt.code {
				t.Errorf("exit code %d, want %d; the terminal has\n%s", code, tt.code, term.Screen())
			}
			term.checkRestored(t)
		})
	}
}

// TestMode_Signal: a signal that ends unitmon leaves the terminal as it was,
// too.
func TestMode_Signal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			name := "mode-" + strings.ToLower(unix.SignalName(sig))
			term, j := interactive(t, name, "trap 'exit 7' TERM HUP INT QUIT; echo up; while :; do sleep 0.1; done")
			j.Signal(t, sig)
			code := j.Wait(t)
			t.Logf("%s: exit code %d", sig, code)
			if code == 0 {
				t.Error("exit code 0")
			}
			term.checkRestored(t)
		})
	}
}

// TestMode_Failure: a container that cannot start leaves the terminal alone.
func TestMode_Failure(t *testing.T) {
	term := newRestored(t)
	t.Cleanup(func() { kit.Purge(t, "mode-failure") })
	j := term.Start(t, "unitmon", "run", "-it", "--rootfs", kit.BusyboxRoot(t), "mode-failure", "--", "/none")
	if code := j.Wait(t); code != 127 {
		t.Errorf("exit code %d, want 127; the terminal has\n%s", code, term.Screen())
	}
	term.checkRestored(t)
	kit.NothingLeft(t, "mode-failure")
}

// restored is a terminal that knows its settings from before.
type restored struct {
	*kit.Terminal
	before unix.Termios
}

func newRestored(t testing.TB) restored {
	t.Helper()
	term := kit.NewTerminal(t, 24, 80)
	return restored{term, term.Attributes(t)}
}

func (r restored) checkRestored(t testing.TB) {
	t.Helper()
	if after := r.Attributes(t); after != r.before {
		t.Errorf("the terminal's settings are %+v, before %+v", after, r.before)
	}
}

// interactive starts a script in a container with a terminal, and waits until
// it has said that it is up.
func interactive(t testing.TB, name, script string, options ...string) (restored, *kit.Job) {
	t.Helper()
	t.Cleanup(func() {
		kit.LogOnFailure(t, name)
		kit.Purge(t, name)
	})
	term := newRestored(t)
	args := append([]string{"unitmon", "run", "-it", "--rootfs", kit.BusyboxRoot(t)}, options...)
	j := term.Start(t, append(args, name, "--", "/bin/sh", "-c", script)...)
	term.AwaitText(t, "up\n")
	if raw := term.Attributes(t); raw.Lflag&(unix.ECHO|unix.ICANON|unix.ISIG) != 0 {
		t.Errorf("the terminal is not in raw mode: %+v", raw)
	}
	return term, j
}
