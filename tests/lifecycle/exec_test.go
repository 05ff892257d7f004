package lifecycle

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/lifecycle"
	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestExec: the exit and the output of processes, one that is killed too, and that
// their ends are events for every subscriber.
func TestExec(t *testing.T) {
	scenes(t, ticker, func(s *scene) {
		c := s.in(lifecycle.Running)
		subs := []*lifecycle.Subscription{c.Subscribe(t.Context()), c.Subscribe(t.Context())}
		r, w, err := os.Pipe()
		if err != nil {
			s.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		o := s.execOptions("echo out; exit 5")
		o.Stdio = [3]*os.File{nil, w, nil}
		p, err := c.Exec(kit.Context(s), "says", o)
		_ = w.Close()
		if err != nil {
			s.Fatal(err)
		}
		if e, err := p.Wait(kit.Context(s)); err != nil || !e.Known || e.Code != 5 {
			s.Errorf("it ended with %v, %v", e, err)
		}
		if out, err := io.ReadAll(r); string(out) != "out\n" || err != nil {
			s.Errorf("output %q, %v", out, err)
		}
		s.killed(c)
		for _, sub := range subs {
			if got := s.exits(sub, 2); got != "says 5, sleeps 137" {
				s.Errorf("events: %s", got)
			}
		}
	})
}

// killed executes a process and kills it.
func (s *scene) killed(c *lifecycle.Container) {
	s.Helper()
	p, err := c.Exec(kit.Context(s), "sleeps", s.execOptions("exec sleep 1000"))
	if err != nil {
		s.Fatal(err)
	}
	pids, err := c.Processes(kit.Context(s))
	if err != nil || len(pids) < 2 {
		s.Errorf("processes %v, %v", pids, err)
	}
	if err := p.Kill(kit.Context(s), "KILL"); err != nil {
		s.Error(err)
	}
	if e, err := p.Wait(kit.Context(s)); err != nil || !e.Known || e.Code != 137 {
		s.Errorf("it ended with %v, %v", e, err)
	}
	if err := p.Kill(kit.Context(s), "KILL"); !errors.Is(err, oci.ErrNotRunning) {
		s.Errorf("kill of one that has ended: %v", err)
	}
}

// exits reads events until n ends of processes have come.
func (s *scene) exits(sub *lifecycle.Subscription, n int) string {
	s.Helper()
	var list []string
	for len(list) < n {
		e, err := sub.Next(kit.Context(s))
		if err != nil {
			s.Fatal(err)
		}
		if e.Exit != nil {
			list = append(list, e.Process+" "+strings.TrimPrefix(e.Exit.String(), "exit code "))
		}
	}
	return strings.Join(list, ", ")
}

// TestExec_End: a container's end ends the processes in it, and whoever runs under
// an engine that is no parent of it learns of both.
func TestExec_End(t *testing.T) {
	scenes(t, ticker, func(s *scene) {
		c := s.in(lifecycle.Running)
		p, err := c.Exec(kit.Context(s), "1", s.execOptions("exec sleep 1000"))
		if err != nil {
			s.Fatal(err)
		}
		other, err := lifecycle.Open(kit.Context(s), s.rt, c.ID())
		if err != nil {
			s.Fatal(err)
		}
		defer func() { _ = other.Close() }()
		if err := s.end(c); err != nil {
			s.Error(err)
		}
		if e, err := other.Wait(kit.Context(s)); err != nil || !e.Known || e.Code != 137 {
			s.Errorf("the other sees %v, %v", e, err)
		}
		if e, err := p.Wait(kit.Context(s)); err != nil || e.Known && e.Code == 0 {
			s.Errorf("the process ended with %v, %v", e, err)
		}
	})
}

// TestList: what the runtime has, and what it says of itself.
func TestList(t *testing.T) {
	scenes(t, ticker, func(s *scene) {
		ctx := kit.Context(s)
		if list, err := s.rt.List(ctx); err != nil || len(list) != 0 {
			t.Logf("before: %v, %v", list, err)
		}
		a, b := s.in(lifecycle.Created), s.in(lifecycle.Running)
		list, err := s.rt.List(ctx)
		if err != nil {
			s.Fatal(err)
		}
		got := map[string]string{}
		for _, c := range list {
			got[c.ID] = string(c.Status)
		}
		if got[a.ID()] != "created" || got[b.ID()] != "running" {
			s.Errorf("list %v", got)
		}
		f, err := s.rt.Features(ctx)
		if err == nil != slices.Contains([]string{"runc"}, s.rt.Name) || err != nil && !errors.Is(err, errors.ErrUnsupported) {
			s.Errorf("features %v, %v", f, err)
		}
		if v, err := s.rt.Version(ctx); err != nil || !strings.Contains(v, filepath.Base(s.rt.Path)) {
			s.Errorf("version %q, %v", v, err)
		}
	})
}
