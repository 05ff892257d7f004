package kit

import (
	"os/exec"
	"slices"
	"testing"
)

// Sync waits until journald has stored everything that it was sent before.
func Sync(t testing.TB) {
	t.Helper()
	OK(t, "journalctl", "--sync")
}

// AwaitMessage waits until an entry that matches has the message text.
func AwaitMessage(t testing.TB, text string, matches ...string) {
	t.Helper()
	args := append([]string{"--follow", "--no-tail", "--output=cat"}, matches...)
	Until(t, exec.CommandContext(Context(t), "journalctl", args...), func() bool {
		return slices.Contains(Messages(t, matches...), text)
	})
}
