package container

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/notify"
)

// TestReap_AsksForTimeFirst: the manager gives ExecStopPost= the stop timeout,
// which is the user's and may be short. Reap has more before it does anything
// that can take long.
func TestReap_AsksForTimeFirst(t *testing.T) {
	d := Dir{t.TempDir()}
	r := testRecord()
	r.Labels = nil
	// A runtime that waits until somebody opens the FIFO "go".
	r.Runtime = RuntimeRecord{Path: filepath.Join(d.Path, "slow")}
	script := "#!/bin/sh\nread x <" + d.Path + "/go\n"
	fifos := []string{d.Stdout(), d.Stderr(), filepath.Join(d.Path, "go")}
	if err := os.WriteFile(r.Runtime.Path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range fifos {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.write(d); err != nil {
		t.Fatal(err)
	}
	manager, err := notify.Listen(filepath.Join(d.Path, "notify"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = manager.Close() }()
	t.Setenv("NOTIFY_SOCKET", filepath.Join(d.Path, "notify"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	reaped := make(chan error, 1)
	go func() { reaped <- Reap(ctx, d, Exit{}) }()
	m, err := manager.Receive(ctx)
	if err != nil {
		t.Fatalf("no message while the runtime works: %v", err)
	}
	if got := m.State.ExtendTimeout; got != drainStep {
		t.Errorf("the first message asks for %v, want %v", got, drainStep)
	}
	release, err := os.OpenFile(fifos[2], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = release.Close() }()
	if _, err := release.WriteString("go\n"); err != nil {
		t.Fatal(err)
	}
	<-reaped // what it says of the journal is not this test's
}

// TestExitMatches: an exit is looked for among those of its own run, and of nobody
// but who records it.
func TestExitMatches(t *testing.T) {
	r := &Record{ID: "0123"}
	want := []string{"UNITMON_ID=0123", "MESSAGE_ID=" + ExitMessageID, "_UID=0", "UNITMON_INVOCATION_ID=ab"}
	if got := exitMatches(r, "ab"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	r.User = true
	want = []string{"UNITMON_ID=0123", "MESSAGE_ID=" + ExitMessageID, fmt.Sprintf("_UID=%d", os.Getuid()), "--user"}
	if got := exitMatches(r, ""); !slices.Equal(got, want) {
		t.Errorf("of a user, run unknown: %q, want %q", got, want)
	}
}
