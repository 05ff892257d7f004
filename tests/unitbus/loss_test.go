package unitbus

import (
	"os"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/unit"
)

// gate is a FIFO on which a unit's script waits.
func gate(t *testing.T) (path string, open func()) {
	t.Helper()
	path = t.TempDir() + "/gate"
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, func() {
		t.Helper()
		if err := os.WriteFile(path, []byte("go\n"), 0); err != nil {
			t.Fatal(err)
		}
	}
}

// restartBus restarts the bus, however often that was done before.
func restartBus(t *testing.T) {
	t.Helper()
	command(t, "systemctl", "reset-failed", "dbus.service")
	if out := command(t, "systemctl", "restart", "dbus.service"); out != "" {
		t.Fatal(out)
	}
}

// watched runs a gated service and a watch that has told its first state.
func watched(t *testing.T, c *unit.Conn) (w *unit.Watch, first unit.State, open func()) {
	t.Helper()
	path, open := gate(t)
	// Its failure must stay readable: what ends and is collected while nobody
	// can be told is gone.
	s := shell(t, "read x <"+path+"; exit 3", unit.Property{Name: "CollectMode", Value: "inactive"})
	start(t, c, s)
	t.Cleanup(func() { command(t, "systemctl", "reset-failed", s.Name) })
	w, err := c.Watch(t.Context(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	if first, err = w.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w, first, open
}

func TestWatch_BusRestarted(t *testing.T) {
	c := dial(t)
	w, first, open := watched(t, c)
	got := make(chan unit.State)
	errs := make(chan error, 1)
	go func() {
		s, err := w.Next(t.Context())
		errs <- err
		got <- s
	}()
	restartBus(t)
	restartBus(t)
	open()
	if err := <-errs; err != nil {
		t.Fatal(err)
	}
	// Nothing that the restart brought may be told, only the unit's end.
	if s := <-got; s.ExecMainStatus != 3 || s.InvocationID != first.InvocationID {
		t.Errorf("first %+v\nthen %+v", first, s)
	}
	if _, err := c.Version(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWatch_ReloadAndReexec(t *testing.T) {
	for _, verb := range []string{"daemon-reload", "daemon-reexec"} {
		t.Run(verb, func(t *testing.T) {
			w, first, open := watched(t, dial(t))
			if out := command(t, "systemctl", verb); out != "" {
				t.Fatal(out)
			}
			open()
			s, err := w.Next(t.Context())
			if err != nil || s.ExecMainStatus != 3 || s.InvocationID != first.InvocationID {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

// A job that is under way while the manager or the bus is replaced.
func TestJob_Loss(t *testing.T) {
	for what, lose := range map[string]func(*testing.T){
		"reexec": func(t *testing.T) { command(t, "systemctl", "daemon-reexec") },
		"reload": func(t *testing.T) { command(t, "systemctl", "daemon-reload") },
		"bus":    restartBus,
	} {
		t.Run(what, func(t *testing.T) {
			c := dial(t)
			path, open := gate(t)
			s := shell(t, "sleep 1000", unit.Property{
				Name: "ExecStartPre", Value: []unit.Exec{{Path: "/bin/sh", Args: []string{"sh", "-c", "read x <" + path}}},
			})
			j, err := c.Start(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { command(t, "systemctl", "stop", s.Name) })
			type end struct {
				res string
				err error
			}
			ended := make(chan end)
			go func() {
				res, err := j.Wait(t.Context())
				ended <- end{res, err}
			}()
			lose(t)
			open()
			if e := <-ended; e.res != unit.JobDone || e.err != nil {
				t.Errorf("result %q, %v", e.res, e.err)
			}
		})
	}
}

// The bus is away for good: the private socket takes over, and a job's end
// that nobody could tell is judged by the unit.
func TestLoss_PrivateTakesOver(t *testing.T) {
	c := dial(t)
	w, _, open := watched(t, c)
	command(t, "systemctl", "stop", "dbus.socket", "dbus.service")
	defer command(t, "systemctl", "start", "dbus.socket", "dbus.service")
	if _, err := c.Version(t.Context()); err != nil || !c.Private() {
		t.Fatalf("private %v, %v", c.Private(), err)
	}
	open()
	s, err := w.Next(t.Context())
	if err != nil || s.ExecMainStatus != 3 {
		t.Fatalf("%+v, %v", s, err)
	}
	// daemon-reexec cuts private connections and makes the socket anew.
	w, _, open = watched(t, c)
	command(t, "systemctl", "daemon-reexec")
	if _, err := c.Version(t.Context()); err != nil || !c.Private() {
		t.Fatalf("private %v, %v", c.Private(), err)
	}
	open()
	if s, err = w.Next(t.Context()); err != nil || s.ExecMainStatus != 3 {
		t.Errorf("%+v, %v", s, err)
	}
}

// Dialling again must not leave descriptors behind.
func TestLoss_LeaksNothing(t *testing.T) {
	open := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	c := dial(t)
	before := open()
	for range 5 {
		restartBus(t)
		if _, err := c.State(t.Context(), "basic.target"); err != nil {
			t.Fatal(err)
		}
	}
	if after := open(); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}
