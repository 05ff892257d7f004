package engine

import (
	"slices"
	"testing"
)

// TestEnvironment: what the engine gave is what the runtime and the exit command
// get, in the same order, and nothing of the monitor's own.
func TestEnvironment(t *testing.T) {
	for _, environ := range [][]string{
		nil,
		{"PATH=/bin", "XDG_RUNTIME_DIR=", "_OCI_SYNCPIPE=3", "odd"},
		{"GOMAXPROCS=4", "A=1"},
		{"GODEBUG=", "A=1"},
		{"A=1", "GODEBUG=x=1", "GOMAXPROCS=2"},
		{"GOMAXPROCSX=1", "XGODEBUG=2", "UNITMON_UNIT=stay"},
	} {
		monitor := forMonitor(environ)
		if !has(monitor, StageVar) || !has(monitor, "GOMAXPROCS") || !has(monitor, "GODEBUG") {
			t.Errorf("%q: the monitor has %q", environ, monitor)
		}
		for _, v := range environ {
			if !slices.Contains(monitor, v) {
				t.Errorf("%q: %q is not in the monitor's %q", environ, v, monitor)
			}
		}
		if got := fromEngine(monitor); !slices.Equal(got, environ) {
			t.Errorf("%q came back as %q", environ, got)
		}
	}
}

// TestEnvironment_Stage: a process that an exit command starts is none of ours.
func TestEnvironment_Stage(t *testing.T) {
	if got := fromEngine([]string{StageVar + "=" + StageMonitor, "A=1"}); !slices.Equal(got, []string{"A=1"}) {
		t.Errorf("got %q", got)
	}
}
