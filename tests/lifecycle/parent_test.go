package lifecycle

import (
	"testing"

	"github.com/unitmon/unitmon/internal/lifecycle"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestParent: who is the parent of a container, as a monitor is, takes its status,
// and that of a process that was detached from its runtime: none of those is lost
// however soon it ends.
func TestParent(t *testing.T) {
	if err := sys.SetSubreaper(true); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sys.SetSubreaper(false) }()
	scenes(t, ticker, func(s *scene) {
		c := s.in(lifecycle.Running)
		for range 10 {
			o := s.execOptions("exit 6")
			o.Detach = true
			p, err := c.Exec(kit.Context(s), "1", o)
			if err != nil {
				s.Fatal(err)
			}
			if e, err := p.Wait(kit.Context(s)); err != nil || !e.Known || e.Code != 6 {
				s.Errorf("process: %v, %v", e, err)
			}
			if err := p.Delete(); err != nil {
				s.Error(err)
			}
		}
		if err := c.Kill(kit.Context(s), "KILL"); err != nil {
			s.Fatal(err)
		}
		if e, err := c.Wait(kit.Context(s)); err != nil || !e.Known || e.Code != 137 {
			s.Errorf("container: %v, %v", e, err)
		}
		if err := c.Delete(kit.Context(s), false); err != nil {
			s.Error(err)
		}
	})
}
