package lifecycle

import (
	"errors"
	"os"
	"testing"

	"github.com/unitmon/unitmon/internal/lifecycle"
	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestKilledCreated: who waits for a container that is killed before it was started
// is woken, and told how it ended. gVisor's shim lets him wait for ever.
func TestKilledCreated(t *testing.T) {
	scenes(t, ticker, func(s *scene) {
		c := s.in(lifecycle.Created)
		ended := make(chan lifecycle.Exit, 1)
		go func() {
			e, err := c.Wait(kit.Context(s))
			if err != nil {
				s.Error(err)
			}
			ended <- e
		}()
		if err := c.Kill(kit.Context(s), "KILL"); err != nil {
			s.Fatal(err)
		}
		if e := <-ended; !e.Known || e.Code != 137 {
			s.Errorf("it ended with %v", e)
		}
		if err := c.Delete(kit.Context(s), false); err != nil || c.State() != lifecycle.Deleted {
			s.Errorf("delete: %v, %s", err, c.State())
		}
	})
}

// TestFailedExec: a command that is not there is an error with exit code 127, and
// nobody is told that it ended with 0, as by gVisor's shim.
func TestFailedExec(t *testing.T) {
	scenes(t, ticker, func(s *scene) {
		c := s.in(lifecycle.Running)
		for _, detach := range []bool{false, true} {
			o := s.execOptions("")
			o.Process.Args, o.Detach = []string{"/nosuch"}, detach
			p, err := c.Process("1", o)
			if err != nil {
				s.Fatal(err)
			}
			err = p.Start(kit.Context(s))
			var e *oci.Error
			if !errors.As(err, &e) || e.ExitCode() != 127 {
				s.Errorf("detach %v: start: %v", detach, err)
			}
			if e, err := p.Wait(kit.Context(s)); err != nil || e.Known {
				s.Errorf("detach %v: wait: %v, %v", detach, e, err)
			}
			if err := p.Delete(); err != nil {
				s.Error(err)
			}
		}
		if got, err := c.Status(kit.Context(s)); got != lifecycle.Running || err != nil {
			s.Errorf("the container is %s, %v", got, err)
		}
	})
}

// TestShort: no exit of a container that ends at once is lost, of a hundred in a
// row; gVisor's shim asks for it when the sandbox may be gone.
func TestShort(t *testing.T) {
	scenes(t, "exit 7", func(s *scene) {
		for range 100 {
			c := s.container()
			if err := c.Create(kit.Context(s), s.options(c, [3]*os.File{})); err != nil {
				s.Fatal(err)
			}
			if err := c.Start(kit.Context(s)); err != nil {
				s.Fatal(err)
			}
			e, err := c.Wait(kit.Context(s))
			if err != nil || !e.Known || e.Code != 7 {
				s.Fatalf("it ended with %v, %v", e, err)
			}
			if err := c.Delete(kit.Context(s), false); err != nil {
				s.Fatal(err)
			}
		}
	})
}

// TestKillFails: a signal that cannot be sent disturbs nothing.
func TestKillFails(t *testing.T) {
	scenes(t, ticker, func(s *scene) {
		c := s.in(lifecycle.Created)
		for range 10 {
			if err := c.Kill(kit.Context(s), "NOSUCH"); err == nil {
				s.Error("there is a signal NOSUCH")
			}
			// runsc of 2022 refuses every signal to what was not started.
			if err := c.Kill(kit.Context(s), "WINCH"); (err != nil) != (s.rt.Name == "runsc") {
				s.Errorf("kill WINCH: %v", err)
			}
		}
		if err := c.Start(kit.Context(s)); err != nil {
			s.Error(err)
		}
		if err := s.end(c); err != nil {
			s.Error(err)
		}
		var n *lifecycle.NotAllowed
		if err := c.Kill(kit.Context(s), "KILL"); !errors.Is(err, oci.ErrNotRunning) || !errors.As(err, &n) {
			s.Errorf("kill of a stopped container: %v", err)
		}
	})
}
