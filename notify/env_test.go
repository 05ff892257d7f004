package notify

import (
	"os"
	"slices"
	"testing"
	"time"
)

func TestWatchdogInterval(t *testing.T) {
	tests := []struct {
		usec, pid string
		want      time.Duration
		bad       bool
	}{
		{"", "", 0, false},
		{"", "7", 0, false},
		{"30000000", "", 30 * time.Second, false},
		{"30000000", "7", 30 * time.Second, false},
		{"30000000", "8", 0, false},
		{"0", "", 0, true},
		{"x", "", 0, true},
		{"-1", "", 0, true},
		{"18446744073709551615", "", 0, true},
		{"1", "x", 0, true},
		{"1", "-7", 0, true},
	}
	for _, tt := range tests {
		got, err := watchdogInterval(tt.usec, tt.pid, 7)
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("WATCHDOG_USEC=%q WATCHDOG_PID=%q: %v, %v", tt.usec, tt.pid, got, err)
		}
	}
}

func TestCleanEnviron(t *testing.T) {
	in := []string{"A=1", "NOTIFY_SOCKET=/x", "WATCHDOG_PID=1", "WATCHDOG_USEC=1", "FDSTORE=3", "NOTIFY_SOCKETS=kept", "FDSTORE"}
	want := []string{"A=1", "NOTIFY_SOCKETS=kept", "FDSTORE"}
	if got := CleanEnviron(in); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestUnsetEnv(t *testing.T) {
	for _, name := range variables() {
		t.Setenv(name, "x")
	}
	t.Setenv("UNITMON_TEST", "kept")
	if err := UnsetEnv(); err != nil {
		t.Fatal(err)
	}
	for _, name := range variables() {
		if v, ok := os.LookupEnv(name); ok {
			t.Errorf("%s=%s", name, v)
		}
	}
	if os.Getenv("UNITMON_TEST") != "kept" {
		t.Error("another variable is gone")
	}
}
