package watch

import (
	"fmt"
	"slices"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// ready makes a container whose start was before the watch, and waits until the
// watch, asked for the past too, shows it: from then on it sees everything.
func ready(t *testing.T, name string) *watch {
	t.Helper()
	kit.Detach(t, name, name, "--", "sleep", "1000")
	w := follow(t, "--since", "-1min")
	w.until("start", name)
	kit.OK(t, "unitmon", "kill", name)
	w.until("exit", name)
	return w
}

// keys are the events as far as both sources tell them.
func keys(list []event, names []string) (out []string) {
	for _, e := range list {
		if slices.Contains(names, e.Name) {
			code := -1
			if e.ExitCode != nil {
				code = *e.ExitCode
			}
			out = append(out, fmt.Sprint(e.Name, " ", e.Type, " ", e.InvocationID, " ", code, e.ExitSignal, e.Result, e.Restarts))
		}
	}
	slices.Sort(out)
	return out
}

// TestEvents_ShortLived: of fifty containers that end at once, every event that
// the journal has came live too, and every exit.
func TestEvents_ShortLived(t *testing.T) {
	w := ready(t, "evready")
	var names []string
	for i := range 50 {
		name := fmt.Sprintf("short%d", i)
		names = append(names, name)
		kit.Unitmon(t, "run", "-d", name, "--", "sh", "-c", fmt.Sprint("exit ", i%3))
		t.Cleanup(func() { kit.Purge(t, name) })
	}
	kit.Unitmon(t, "run", "evlast", "--", "true")
	live := w.until("exit", "evlast")
	got, want := keys(live, names), keys(past(t, names...), names)
	if !slices.Equal(got, want) {
		t.Errorf("live\n%q\njournal\n%q", got, want)
	}
	exits := 0
	for _, e := range live {
		if e.Type == "exit" && slices.Contains(names, e.Name) {
			exits++
		}
	}
	if exits != len(names) {
		t.Errorf("%d exits of %d containers", exits, len(names))
	}
}

// TestEvents_Bus: a restart of the bus does not end the watch, and what happened
// around it is shown.
func TestEvents_Bus(t *testing.T) {
	w := ready(t, "evbus")
	for i := range 3 {
		name := fmt.Sprintf("bus%d", i)
		kit.OK(t, "systemctl", "restart", "dbus.service")
		kit.Unitmon(t, "run", name, "--", "sh", "-c", "exit 5")
		list := w.until("exit", name)
		if e := list[len(list)-1]; e.ExitCode == nil || *e.ExitCode != 5 || e.Result != "exit-code" {
			t.Errorf("%+v", e)
		}
	}
	kit.OK(t, "systemctl", "daemon-reexec")
	kit.Unitmon(t, "run", "reexec1", "--", "true")
	for _, e := range w.until("exit", "reexec1") {
		if e.Name == "evbus" || e.Name == "bus2" {
			t.Errorf("told again: %+v", e)
		}
	}
}

// TestEvents_Restart: a restart by the manager, and the failure of a relay.
func TestEvents_Restart(t *testing.T) {
	w := ready(t, "evrestart")
	kit.Detach(t, "again", "--restart", "on-failure", "-p", "StartLimitBurst=2", "again", "--", "sh", "-c", "sleep 0.1; exit 4")
	list := w.until("restart", "again")
	if e := list[len(list)-1]; e.Restarts != 1 {
		t.Errorf("%+v", e)
	}
	kit.Detach(t, "crash", "-i", "crash", "--", "cat")
	kit.Await(t, "unitmon-relay-crash.service", "ActiveState=active", "ActiveState")
	kit.OK(t, "systemctl", "kill", "--signal=KILL", "unitmon-relay-crash.service")
	w.until("relay-failed", "crash")
	w.until("relay-restart", "crash")
	kit.OK(t, "journalctl", "--sync")
	var types []string
	for _, e := range past(t, "crash") {
		types = append(types, e.Type)
	}
	if !slices.Equal(types, []string{"start", "relay-failed", "relay-restart"}) {
		t.Errorf("the journal has %q", types)
	}
}
