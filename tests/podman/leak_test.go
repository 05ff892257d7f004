package podman

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// runsEnv is how many containers TestNothingLeft runs in a row, and then again
// atOnce at a time.
const (
	runsEnv     = "UNITMON_PODMAN_RUNS"
	defaultRuns = 20
	atOnce      = 20
)

// TestNothingLeft runs containers, in a row and many at a time, with our
// monitor; after that the machine is as it was.
func TestNothingLeft(t *testing.T) {
	runs := defaultRuns
	if v := os.Getenv(runsEnv); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			t.Fatalf("%s=%s: no number of containers", runsEnv, v)
		}
		runs = n
	}
	s := newStore(t, monitors()[1], nil)
	checkMachine(t)
	before := descriptors(t)
	for i := range runs {
		if err := s.one(i); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.many(runs); err != nil {
		t.Fatal(err)
	}
	s.nothingLeft(t)
	// One each would show as 2*runs; the manager's and the bus's own come and go.
	for who, n := range descriptors(t) {
		if was, ok := before[who]; ok && n > was+max(runs/4, 5) {
			t.Errorf("%s had %d descriptors before %d containers, and has %d after them", who, was, 2*runs, n)
		}
	}
}

// one runs the i-th container; every tenth cannot be created.
func (s *store) one(i int) error {
	program, want := "true", 0
	if i%10 == 9 {
		program, want = "nosuch", 127
	}
	line := s.line("podman", "run", "--rm", imageName, program)
	cmd := exec.Command(line[0], line[1:]...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
		return fmt.Errorf("container %d: %w: %s", i, err, out)
	}
	return nil
}

// many runs containers, atOnce at a time, and returns the first error.
func (s *store) many(runs int) error {
	todo := make(chan int, runs)
	for i := range runs {
		todo <- i
	}
	close(todo)
	errs := make(chan error, runs)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for i := range todo {
				if err := s.one(i); err != nil {
					errs <- err
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

// descriptors counts those of every process.
func descriptors(t testing.TB) map[string]int {
	t.Helper()
	count := map[string]int{}
	for _, p := range kit.Processes(t) {
		found, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.PID))
		count[fmt.Sprintf("process %d, %s", p.PID, p.Exe)] = len(found)
	}
	return count
}

// checkMachine fails the test if, at its end, something is on the machine that
// is not there now. What a first podman makes for good is there then.
func checkMachine(t *testing.T) {
	t.Helper()
	alice := kit.LookupUser(t, rootlessUser)
	for _, user := range []*kit.User{nil, &alice} {
		newStore(t, monitors()[0], user).ok(t, "run", "--rm", imageName, "true")
	}
	before := look(t)
	t.Cleanup(func() {
		for _, thing := range before.since(t) {
			t.Errorf("left: %s", thing)
		}
	})
}
