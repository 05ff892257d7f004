package container

import (
	"testing"

	"github.com/unitmon/unitmon/unit"
)

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		code, status, want int
		known              bool
	}{
		{cldExited, 0, 0, true},
		{cldExited, 7, 7, true},
		{cldExited, 255, 255, true},
		{cldKilled, 9, 137, true},
		{cldDumped, 11, 139, true},
		{cldKilled, 15, 143, true},
		{0, 0, 0, false},
		{4, 0, 0, false}, // CLD_TRAPPED is no end
	} {
		if got, known := exitCode(c.code, c.status); got != c.want || known != c.known {
			t.Errorf("code %d, status %d: %d, %t", c.code, c.status, got, known)
		}
	}
}

func TestLaunchCode(t *testing.T) {
	for status, want := range map[int]int{0: 125, 1: 125, 124: 125, 125: 125, 126: 126, 127: 127, 128: 125, 255: 125} {
		if got := launchCode(unit.State{ExecMainCode: cldExited, ExecMainStatus: status}); got != want {
			t.Errorf("exit status %d: %d, want %d", status, got, want)
		}
	}
	if got := launchCode(unit.State{ExecMainCode: cldKilled, ExecMainStatus: 127}); got != 125 {
		t.Errorf("killed: %d, want 125", got)
	}
}

func TestExit_String(t *testing.T) {
	for want, e := range map[string]Exit{
		"exited with status 7 (exit-code)":   {"exit-code", "exited", "7"},
		"killed by signal KILL (signal)":     {"signal", "killed", "KILL"},
		"dumped by signal SEGV (core-dump)":  {"core-dump", "dumped", "SEGV"},
		"exit unknown (start-limit-hit)":     {Result: "start-limit-hit"},
		"exit unknown":                       {},
		"exit unknown (resources)":           {"resources", "odd", "1"},
		"exited with status 0 (success)":     {"success", "exited", "0"},
		"killed by signal TERM (oom-kill)":   {"oom-kill", "killed", "TERM"},
		"exited with status 125 (exit-code)": {"exit-code", "exited", "125"},
		"dumped by signal ABRT (watchdog)":   {"watchdog", "dumped", "ABRT"},
		"exited with status 3 (timeout)":     {"timeout", "exited", "3"},
		"killed by signal RTMIN+1 (signal)":  {"signal", "killed", "RTMIN+1"},
		"exited with status 255 (exit-code)": {"exit-code", "exited", "255"},
		"exit unknown (exec-condition)":      {Result: "exec-condition"},
	} {
		if got := e.String(); got != want {
			t.Errorf("%#v: %s, want %s", e, got, want)
		}
	}
}

func TestExitFromEnv(t *testing.T) {
	t.Setenv("SERVICE_RESULT", "signal")
	t.Setenv("EXIT_CODE", "killed")
	t.Setenv("EXIT_STATUS", "KILL")
	if got := ExitFromEnv(); got != (Exit{"signal", "killed", "KILL"}) {
		t.Errorf("%#v", got)
	}
}
