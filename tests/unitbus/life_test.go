package unitbus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/unit"
)

// sleeper starts a process that ends when release is called, and not later
// than the test.
func sleeper(t *testing.T) (pid int, release func()) {
	t.Helper()
	cmd := exec.Command("/bin/cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() { in.Close(); cmd.Wait() })
	t.Cleanup(release)
	return cmd.Process.Pid, release
}

func TestVersion(t *testing.T) {
	c := dial(t)
	v, err := c.Version(t.Context())
	out := command(t, "systemctl", "--version")
	if err != nil || !strings.HasPrefix(out, fmt.Sprintf("systemd %d ", v)) {
		t.Errorf("Version() = %d, %v; systemctl says %.20q", v, err, out)
	}
	if c.Private() {
		t.Error("private connection although there is a bus")
	}
}

func TestStart_ExitStatusAndState(t *testing.T) {
	c := dial(t)
	s := shell(t, "exit 42", unit.Property{Name: "AddRef", Value: true})
	w, err := c.Watch(t.Context(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Next(t.Context()); !errors.Is(err, unit.ErrNotLoaded) {
		t.Fatalf("state of a unit that is not there: %v", err)
	}
	start(t, c, s)
	st := until(t, w, func(s unit.State) bool { return s.ActiveState == "failed" })
	if st.Result != "exit-code" || st.ExecMainStatus != 42 || st.ExecMainCode != 1 || st.InvocationID == "" || st.ExecMainPID == 0 {
		t.Errorf("state %+v", st)
	}
	again, err := c.State(t.Context(), s.Name)
	if err != nil || again.Result != "exit-code" || again.InvocationID != st.InvocationID {
		t.Errorf("State() = %+v, %v; want the watch's", again, err)
	}
	if err := c.Unref(t.Context(), s.Name); err != nil {
		t.Error(err)
	}
	if _, err := w.Next(t.Context()); !errors.Is(err, unit.ErrNotLoaded) {
		t.Errorf("after the unit was let go: %v", err)
	}
}

// A transient unit that nobody holds vanishes with its end: the watch must
// still tell how it ended.
func TestWatch_LastStateOfVanishedUnit(t *testing.T) {
	c := dial(t)
	for i := range 10 {
		s := shell(t, "read x </run/"+t.Name()+"; exit 7")
		fifo := "/run/" + t.Name()
		_ = os.Remove(fifo)
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		start(t, c, s)
		w, err := c.Watch(t.Context(), s.Name)
		if err != nil {
			t.Fatal(err)
		}
		first, err := w.Next(t.Context())
		if err != nil || first.ActiveState != "active" || first.ControlGroup == "" || first.MainPID == 0 {
			t.Fatalf("first state %+v, %v", first, err)
		}
		if err := os.WriteFile(fifo, []byte("x\n"), 0); err != nil {
			t.Fatal(err)
		}
		var last unit.State
		for err == nil {
			var st unit.State
			st, err = w.Next(t.Context())
			if err == nil {
				last = st
			}
		}
		if !errors.Is(err, unit.ErrNotLoaded) || last.ExecMainStatus != 7 || last.Result != "exit-code" {
			t.Fatalf("run %d: last %+v, then %v", i, last, err)
		}
		w.Close()
	}
}

func TestStart_Refusals(t *testing.T) {
	c := dial(t)
	s := shell(t, "sleep 1000")
	start(t, c, s)
	if _, err := c.Start(t.Context(), s); !errors.Is(err, unit.ErrExists) {
		t.Errorf("same name: %v, want ErrExists", err)
	}
	var pe *unit.PropertyError
	_, err := c.Start(t.Context(), shell(t, "true", unit.Property{Name: "Foo", Value: "x"}))
	if !errors.As(err, &pe) || pe.Property != "Foo" {
		t.Errorf("unknown property: %v", err)
	}
	_, err = c.Start(t.Context(), shell(t, "true", unit.Property{Name: "KillMode", Value: "nonsense"}))
	if !errors.As(err, &pe) {
		t.Errorf("bad value: %v", err)
	}
	if _, err := c.StartUnit(t.Context(), "no-such-unit.service"); !errors.Is(err, unit.ErrNotLoaded) {
		t.Errorf("start of nothing: %v", err)
	}
	if _, err := c.State(t.Context(), "no-such-unit.service"); !errors.Is(err, unit.ErrNotLoaded) {
		t.Errorf("state of nothing: %v", err)
	}
}

func TestStart_FileAndFields(t *testing.T) {
	c := dial(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := shell(t, "echo said", unit.Property{Name: "StandardOutputFileDescriptor", Value: w},
		unit.Property{Name: "LogExtraFields", Value: [][]byte{[]byte("UNITMON_TEST=1")}})
	start(t, c, s)
	w.Close()
	out, err := io.ReadAll(r)
	if string(out) != "said\n" || err != nil {
		t.Errorf("output %q, %v", out, err)
	}
}

func TestJob_Canceled(t *testing.T) {
	c := dial(t)
	s := shell(t, "sleep 1000", unit.Property{Name: "Type", Value: "notify"})
	j, err := c.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	// Only one of the two may hear of the other's call.
	stop, err := dial(t).StopUnit(t.Context(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	var je *unit.JobError
	if res, err := j.Wait(t.Context()); res != "canceled" || !errors.As(err, &je) || je.Unit != s.Name {
		t.Errorf("start job: %q, %v; want canceled", res, err)
	}
	if res, err := stop.Wait(t.Context()); res != unit.JobDone || err != nil {
		t.Errorf("stop job: %q, %v", res, err)
	}
}

func TestJob_WaitCancelled(t *testing.T) {
	c := dial(t)
	s := shell(t, "sleep 1000", unit.Property{Name: "Type", Value: "notify"})
	j, err := c.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer command(t, "systemctl", "stop", s.Name)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait = %v", err)
	}
}

func TestTwoConnections(t *testing.T) {
	var wg sync.WaitGroup
	for range 2 {
		c := dial(t)
		for range 5 {
			wg.Go(func() {
				for range 5 {
					s := shell(t, "exit 0")
					j, err := c.Start(t.Context(), s)
					if err != nil {
						t.Error(err)
						return
					}
					if res, err := j.Wait(t.Context()); err != nil {
						t.Errorf("%s: %q, %v", s.Name, res, err)
					}
				}
			})
		}
	}
	wg.Wait()
}

func TestKillRestartSetList(t *testing.T) {
	c := dial(t)
	s := shell(t, "exec sleep 1000")
	start(t, c, s)
	before, err := c.State(t.Context(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	if u, err := c.UnitByPID(t.Context(), before.MainPID); u != s.Name || err != nil {
		t.Errorf("UnitByPID = %q, %v", u, err)
	}
	err = c.SetProperties(t.Context(), s.Name, true, unit.Property{Name: "CPUWeight", Value: uint64(77)})
	if err != nil {
		t.Error(err)
	}
	props, err := c.Properties(t.Context(), s.Name, "Service")
	if err != nil || props["CPUWeight"] != uint64(77) {
		t.Errorf("CPUWeight = %v, %v", props["CPUWeight"], err)
	}
	var pe *unit.PropertyError
	err = c.SetProperties(t.Context(), s.Name, true, unit.Property{Name: "Type", Value: "notify"})
	if !errors.As(err, &pe) || pe.Property != "Type" {
		t.Errorf("fixed property: %v", err)
	}
	rows, err := c.List(t.Context(), strings.TrimSuffix(s.Name, ".service")+"*")
	if err != nil || len(rows) != 1 || rows[0].Name != s.Name || rows[0].ActiveState != "active" {
		t.Errorf("List = %+v, %v", rows, err)
	}
	j, err := c.RestartUnit(t.Context(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	w, err := c.Watch(t.Context(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if st, err := w.Next(t.Context()); err != nil || st.InvocationID == before.InvocationID {
		t.Errorf("after the restart: %+v, %v", st, err)
	}
	if err := c.Kill(t.Context(), s.Name, "main", 9); err != nil {
		t.Fatal(err)
	}
	st := until(t, w, func(s unit.State) bool { return s.ActiveState == "failed" })
	if st.Result != "signal" || st.ExecMainCode != 2 || st.ExecMainStatus != 9 {
		t.Errorf("after the kill: %+v", st)
	}
}

func TestClose_EndsWaits(t *testing.T) {
	c := dial(t)
	s := shell(t, "sleep 1000", unit.Property{Name: "Type", Value: "notify"})
	j, err := c.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer command(t, "systemctl", "stop", s.Name)
	w, err := c.Watch(t.Context(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 2)
	go func() { _, err := j.Wait(t.Context()); errs <- err }()
	go func() {
		var err error
		for err == nil {
			_, err = w.Next(t.Context())
		}
		errs <- err
	}()
	c.Close()
	for range 2 {
		if err := <-errs; !errors.Is(err, unit.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}
