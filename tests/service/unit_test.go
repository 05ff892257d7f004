package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// service follows the unit of a monitor.
type service struct {
	t      *testing.T
	ctx    context.Context
	name   string
	m      *unit.Conn
	w      *unit.Watch
	state  unit.State // the last known
	killed int        // the process that was killed last
	gone   bool       // it was unloaded
}

// follow begins to follow a unit.
func follow(t *testing.T, name string) *service {
	t.Helper()
	ctx := kit.Context(t)
	m, err := unit.Dial(ctx, unit.System)
	must(t, err)
	t.Cleanup(func() { _ = m.Close() })
	s := &service{t: t, ctx: ctx, name: name, m: m}
	s.watch()
	return s
}

// watch begins to watch the unit, from its present state on.
func (s *service) watch() {
	s.t.Helper()
	w, err := s.m.Watch(s.ctx, s.name)
	must(s.t, err)
	s.t.Cleanup(func() { _ = w.Close() })
	s.w = w
}

// service follows the unit of the container's monitor.
func (c *container) service() *service {
	c.t.Helper()
	s := follow(c.t, serviceName(c.id, c.keeper()))
	s.running()
	return s
}

// serviceName is the unit of the monitor with that keeper.
func serviceName(id string, keeper int) string {
	return fmt.Sprintf("unitmon-conmon-%s-%d.service", id[:12], keeper)
}

// until waits until the unit is in a state.
func (s *service) until(what string, ok func(unit.State) bool) unit.State {
	s.t.Helper()
	state, err := s.m.State(s.ctx, s.name)
	for must(s.t, err); !ok(state); {
		if state, err = s.w.Next(s.ctx); err != nil {
			s.t.Fatalf("%s is not %s: %v; it is %+v", s.name, what, err, state)
		}
	}
	s.state = state
	return state
}

// process waits until there is a process that was not killed yet, ready or not.
func (s *service) process() int {
	s.t.Helper()
	return s.until("started", func(u unit.State) bool { return u.MainPID != 0 && u.MainPID != s.killed }).MainPID
}

// running waits until the monitor works.
func (s *service) running() int {
	s.t.Helper()
	return s.until("running", func(u unit.State) bool { return u.SubState == "running" && u.MainPID != 0 && u.MainPID != s.killed }).MainPID
}

// kill kills the process that there is.
func (s *service) kill() {
	s.t.Helper()
	pid := s.process()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		s.t.Fatalf("monitor %d: %v", pid, err)
	}
	s.killed = pid
}

// end waits until the unit, which there was, has gone, and returns how it ended.
func (s *service) end() unit.State {
	s.t.Helper()
	last := s.state
	for !s.gone {
		state, err := s.w.Next(s.ctx)
		switch {
		case errors.Is(err, unit.ErrNotLoaded):
			s.gone = true
		case err != nil:
			s.t.Fatalf("%s does not end: %v; it is %+v", s.name, err, last)
		default:
			last = state
		}
	}
	return last
}

// exit checks what the manager says of the monitor's end, which is the
// container's. The unit may be gone too soon to be asked.
func (s *service) exit(code int) {
	s.t.Helper()
	s.end()
	kit.Sync(s.t)
	var said []string
	for _, text := range kit.Messages(s.t, "_PID=1", "UNIT="+s.name) {
		if strings.Contains(text, "Main process exited") || strings.Contains(text, "Failed with") || strings.Contains(text, "Deactivated") {
			said = append(said, strings.TrimPrefix(text, s.name+": "))
		}
	}
	want := []string{"Deactivated successfully."}
	if code != 0 {
		want = []string{fmt.Sprintf("Main process exited, code=exited, status=%d/", code), "Failed with result 'exit-code'."}
	}
	last := said[max(0, len(said)-len(want)):]
	if !slices.EqualFunc(last, want, strings.HasPrefix) {
		s.t.Errorf("the manager says %q, want %q at last", said, want)
	}
}

// pidfd is a process that is waited for.
func pidfd(t testing.TB, pid int) *sys.Pidfd {
	t.Helper()
	p, err := sys.OpenPidfd(pid)
	must(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return p
}
