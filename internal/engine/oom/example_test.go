package oom_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/engine/oom"
)

func Example() {
	dir, err := os.MkdirTemp("", "cgroup")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	events := filepath.Join(dir, "memory.events")
	_ = os.WriteFile(events, []byte("max 4\noom 1\noom_kill 1\n"), 0o600) // an earlier container's

	w, err := oom.Open(oom.Cgroup{Dir: dir, Unified: true}) // or oom.Watch(pid)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	for _, text := range []string{"max 9\noom 1\noom_kill 1\n", "max 9\noom 2\noom_kill 2\n"} {
		_ = os.WriteFile(events, []byte(text), 0o600)
		fmt.Println(w.Ready()) // when w.FD() is readable
	}
	// Output:
	// false <nil>
	// true <nil>
}
