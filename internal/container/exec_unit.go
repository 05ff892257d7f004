package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/unitmon/unitmon/unit"
)

const (
	// sessionStopTimeout is how long a session has to end after SIGTERM.
	sessionStopTimeout = 10 * time.Second
	// describedMax bounds the command in a unit's description, bytes.
	describedMax = 80
)

// Enter puts this process into a scope of the session's own, beside the
// container, and returns when it is in it; what it starts from then on is there
// too, but for the session's process, which the runtime puts into the
// container's cgroup.
//
// The scope is stopped with the container (PartOf=), and never starts it, as
// BindsTo= would. It is not ordered after it: the container would not be asked
// to stop before the session has ended. When the scope ends for whatever reason,
// by SIGKILL too, the manager runs EndSession, as ExecStop= of a service that has
// nothing to start and is bound to the scope: whatever kills processes of ours,
// what they started is ended.
func (s *Session) Enter(ctx context.Context, m *unit.Conn, self string) error {
	units := SessionUnits(s.Record.Name, s.ID)
	err := m.StartScope(ctx, unit.Spec{Name: units.Scope, Properties: []unit.Property{
		prop("Description", s.describe()),
		prop("Slice", s.slice),
		prop("PartOf", []string{s.Record.Units().Service}),
		prop("TimeoutStopUSec", sessionStopTimeout),
		prop("DefaultDependencies", false),
	}}, os.Getpid())
	if err != nil {
		return err
	}
	job, err := m.Start(ctx, unit.Spec{Name: units.End, Properties: s.common([]unit.Property{
		prop("Description", "End of exec "+s.ID+" in container "+s.Record.Name),
		prop("Type", "oneshot"),
		prop("RemainAfterExit", true),
		prop("ExecStop", []unit.Exec{s.command(self, "exec-end")}),
		prop("BindsTo", []string{units.Scope}),
		// What starts before the scope stops after it.
		prop("Before", []string{units.Scope}),
	})})
	if err != nil {
		return err
	}
	_, err = job.Wait(ctx)
	return err
}

// StartDetached makes the session a service, and returns when its process runs;
// if it could not be run, the error is a *StartError.
func (s *Session) StartDetached(ctx context.Context, m *unit.Conn, self string) error {
	name := SessionUnits(s.Record.Name, s.ID).Service
	props := []unit.Property{
		prop("Description", s.describe()),
		prop("Type", "notify"),
		prop("NotifyAccess", "main"),
		prop("ExecStart", []unit.Exec{s.command(self, "exec-session")}),
		prop("ExecStopPost", []unit.Exec{s.command(self, "exec-end")}),
		prop("PartOf", []string{s.Record.Units().Service}),
	}
	if !m.Private() {
		props = append(props, prop("AddRef", true)) // what it said last stays readable
	}
	job, err := m.Start(ctx, unit.Spec{Name: name, Properties: s.common(props)})
	if err != nil {
		return errors.Join(err, s.Discard())
	}
	_, err = job.Wait(ctx)
	if err != nil {
		err = s.failure(ctx, m, name, err)
	}
	return errors.Join(err, Release(ctx, m, name))
}

// failure explains a start job that failed. Whoever said READY=1 has begun.
func (s *Session) failure(ctx context.Context, m *unit.Conn, name string, jobErr error) error {
	st, err := m.State(ctx, name)
	if err != nil && !errors.Is(err, unit.ErrNotLoaded) { // as without a bus, where nothing can hold it
		return errors.Join(jobErr, err)
	}
	if text, ok := strings.CutPrefix(st.StatusText, execFailed); ok {
		return &StartError{s.Record.Name, text, launchCode(st)}
	}
	return fmt.Errorf("container %s: %w (%s -u %s)", s.Record.Name, jobErr, s.Record.journalctl(), name)
}

// common are the properties of both services of sessions, beside more.
func (s *Session) common(more []unit.Property) []unit.Property {
	props := append(more,
		prop("Slice", s.slice),
		prop("DefaultDependencies", false),
		prop("TimeoutStopUSec", sessionStopTimeout),
		prop("SyslogIdentifier", "unitmon"),
		prop("CollectMode", "inactive-or-failed"))
	if !s.Record.User {
		// 0 would mean: take the default, which drops lines.
		props = append(props, prop("LogRateLimitIntervalUSec", uint64(1)))
	}
	return props
}

// command is one of our processes in the session's units.
func (s *Session) command(self, verb string) unit.Exec {
	args := []string{self, verb}
	if s.Record.User {
		args = append(args, "--user-manager")
	}
	return unit.Exec{Path: self, Args: append(args, s.Record.Name, s.ID)}
}

// describe is the session in one line.
func (s *Session) describe() string {
	line := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return '?'
		}
		return r
	}, strings.Join(s.plan.Process.Args, " "))
	if len(line) > describedMax {
		line = strings.ToValidUTF8(line[:describedMax], "") + "…"
	}
	return "Exec " + s.ID + " in container " + s.Record.Name + ": " + line
}
