package conmon

import (
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// defect is something that conmon does and ours does not.
type defect struct {
	name  string
	setup func() rig.Setup
	// play says in a few words what happened.
	play func(t *testing.T, m rig.Monitor, s rig.Setup) string
	// conmon is what 2.1.6 does; "" if it has no such option, or nothing can
	// be seen of it, and why says so.
	conmon, why string
	want        string
}

// TestDefects: each defect shows on Debian's conmon, and not on ours.
func TestDefects(t *testing.T) {
	for _, d := range slices.Concat(clientDefects(), runtimeDefects(), fileDefects(), rotationDefects(), endDefects(), relayDefects()) {
		t.Run(strings.ReplaceAll(d.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			theirs := d.why
			if d.why == "" {
				theirs = d.play(t, monitors[0], d.setup())
				if theirs != d.conmon {
					t.Errorf("conmon: %s; expected was: %s", theirs, d.conmon)
				}
			}
			ours := d.play(t, monitors[1], d.setup())
			if ours != d.want {
				t.Errorf("ours: %s; want: %s", ours, d.want)
			}
			if d.why == "" && d.conmon == d.want {
				t.Errorf("no defect: both do the same")
			}
			t.Logf("%s | conmon: %s | ours: %s", d.name, theirs, ours)
		})
	}
}
