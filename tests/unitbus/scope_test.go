package unitbus

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/unit"
)

func TestStartScope(t *testing.T) {
	c := dial(t)
	pid, release := sleeper(t)
	n := name(t, "scope")
	if err := c.StartScope(t.Context(), unit.Spec{Name: n}, pid); err != nil {
		t.Fatal(err)
	}
	cg, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if err != nil || !strings.Contains(string(cg), n) {
		t.Errorf("cgroup %s, %v", cg, err)
	}
	w, err := c.Watch(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if st, err := w.Next(t.Context()); err != nil || st.SubState != "running" || st.ControlGroup == "" {
		t.Errorf("scope %+v, %v", st, err)
	}
	release()
	for err == nil {
		_, err = w.Next(t.Context())
	}
	if !errors.Is(err, unit.ErrNotLoaded) {
		t.Errorf("after its process ended: %v", err)
	}
}

// A process that has ended but is not reaped is accepted by the manager, which
// then shows a scope that is active and has nobody in it.
func TestStartScope_Zombie(t *testing.T) {
	c := dial(t)
	cmd := exec.Command("/bin/true")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	if _, err := out.Read(make([]byte, 1)); err == nil { // its end
		t.Fatal("output of true")
	}
	n := name(t, "scope")
	err = c.StartScope(t.Context(), unit.Spec{Name: n}, cmd.Process.Pid)
	if !errors.Is(err, unit.ErrProcessGone) {
		t.Errorf("scope of a dead process: %v", err)
	}
	if st, err := c.State(t.Context(), n); !errors.Is(err, unit.ErrNotLoaded) {
		t.Errorf("a ghost is left: %+v, %v", st, err)
	}
}

func TestStartScope_NoProcess(t *testing.T) {
	c := dial(t)
	cmd := exec.Command("/bin/true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	err := c.StartScope(t.Context(), unit.Spec{Name: name(t, "scope")}, cmd.Process.Pid)
	if !errors.Is(err, unit.ErrProcessGone) {
		t.Errorf("error %v", err)
	}
	if err := c.StartScope(t.Context(), unit.Spec{Name: name(t, "scope")}); err == nil {
		t.Error("a scope of nothing")
	}
}
