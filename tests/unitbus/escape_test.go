package unitbus

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/unit"
)

// Escape must agree with systemd-escape on any bytes an argument can have.
func TestEscape_AsSystemdEscape(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	words := []string{"web", "a-b/c", ".x", "..", "/", "ü", `\x2d`, "a@b:c_d", "-", "--"}
	for range 200 {
		b := make([]byte, 1+rnd.IntN(20))
		for i := range b {
			b[i] = byte(1 + rnd.IntN(255))
		}
		if s := string(b); !strings.Contains(s, "\n") {
			words = append(words, s)
		}
	}
	out, err := exec.Command("systemd-escape", append([]string{"--"}, words...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.Split(strings.TrimSpace(string(out)), " ")
	if len(theirs) != len(words) {
		t.Fatalf("%d words, %d escaped", len(words), len(theirs))
	}
	for i, w := range words {
		if got := unit.Escape(w); got != theirs[i] {
			t.Errorf("Escape(%q) = %q, systemd-escape says %q", w, got, theirs[i])
		}
	}
}

// The user manager, by its bus or, until it has joined that, privately.
func TestUserManager(t *testing.T) {
	const uid = 0
	runtimeDir := fmt.Sprintf("/run/user/%d", uid)
	if out := command(t, "systemctl", "start", fmt.Sprintf("user@%d.service", uid)); out != "" {
		t.Fatal(out)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", runtimeDir)
	c, err := unit.Dial(t.Context(), unit.User)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := shell(t, "exit 5", unit.Property{Name: "CollectMode", Value: "inactive"})
	w, err := c.Watch(t.Context(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Next(t.Context()); err == nil {
		t.Fatal("there already")
	}
	j, err := c.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	st := until(t, w, func(s unit.State) bool { return s.ActiveState == "failed" })
	if st.ExecMainStatus != 5 || !strings.Contains(st.ControlGroup+st.Name, s.Name) {
		t.Errorf("%+v", st)
	}
	if err := c.ResetFailed(t.Context(), s.Name); err != nil {
		t.Error(err)
	}
}
