package lifecycle

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/unitmon/unitmon/internal/lifecycle"
	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestCheckpoint: a container that counts goes on counting where it was, from a
// running one's checkpoint and from a paused one's.
func TestCheckpoint(t *testing.T) {
	for _, paused := range []bool{false, true} {
		t.Run(fmt.Sprintf("paused=%v", paused), func(t *testing.T) {
			s := newScene(t, "runsc", ticker)
			s.image = filepath.Join(s.dir, "image")
			c := s.container()
			counts := s.count(func(stdio [3]*os.File) error {
				if err := c.Create(kit.Context(s), s.options(c, stdio)); err != nil {
					return err
				}
				return c.Start(kit.Context(s))
			})
			next(t, counts, 3)
			if paused {
				if err := c.Pause(kit.Context(s)); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.checkpoint(c, false); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Wait(kit.Context(s)); err != nil {
				t.Fatal(err)
			}
			last := 3
			for n := range counts {
				last = n
			}
			s.goesOn(c, last)
		})
	}
}

// goesOn restores the container and asserts that it counts from last on.
func (s *scene) goesOn(c *lifecycle.Container, last int) {
	s.Helper()
	if err := c.Delete(kit.Context(s), false); err != nil {
		s.Fatal(err)
	}
	counts := s.count(func(stdio [3]*os.File) error {
		return c.Restore(kit.Context(s), oci.RestoreOptions{
			Bundle: s.bundle, ImagePath: s.image, PIDFile: s.pidFile(c), Stdio: stdio,
		})
	})
	if got, err := c.Status(kit.Context(s)); got != lifecycle.Running || err != nil {
		s.Errorf("restored: %s, %v", got, err)
	}
	if n := <-counts; n != last+1 {
		s.Errorf("it went on with %d after %d", n, last)
	}
	next(s.T, counts, last+3)
	if err := s.end(c); err != nil {
		s.Error(err)
	}
}

// count runs what starts a container, and gives the numbers that it prints.
func (s *scene) count(start func([3]*os.File) error) <-chan int {
	s.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := start([3]*os.File{nil, w, w}); err != nil {
		s.Fatal(err)
	}
	_ = w.Close()
	counts := make(chan int, 1024)
	go func() {
		defer close(counts)
		defer func() { _ = r.Close() }()
		for lines := bufio.NewScanner(r); lines.Scan(); {
			var n int
			if _, err := fmt.Sscanf(lines.Text(), "tick %d", &n); err == nil {
				counts <- n
			}
		}
	}()
	return counts
}

// next reads numbers up to n.
func next(t *testing.T, counts <-chan int, n int) {
	t.Helper()
	for got := range counts {
		if got >= n {
			return
		}
	}
	t.Fatalf("it did not count to %d", n)
}
