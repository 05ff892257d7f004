package container

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/unit"
)

// Config says what container unit is wanted.
type Config struct {
	Name        string
	ID          string // 64 hexadecimal digits; empty: a new one
	User        bool   // the caller's own manager
	OCI         oci.Options
	Runtime     string // path or name; empty: the first that works
	RuntimeArgs []string
	Properties  []string // KEY=VALUE of the container unit
	Slice       string
	Restart     string        // Restart=, systemd.service(5)
	StopSignal  string        // KillSignal=; empty: SIGTERM
	StopTimeout time.Duration // TimeoutStopSec=
	Tag         string        // CONTAINER_TAG=
	SDNotify    SDNotify
	Stdio       Stdio
	Keep        bool          // keep the units after the exit
	RelayIdle   time.Duration // < 0: never
	Gated       bool          // hold the start until Started.Open
	Restore     string        // directory of a checkpoint to go on from; empty: none

	// Stdin keeps the container's stdin open, for clients to type into; else
	// it is /dev/null. A terminal (OCI.Terminal) is its stdin either way.
	Stdin          bool
	LeaveStdinOpen bool        // no client's end of input closes it
	Logs           []LogRecord // empty: the journal
	LogPolicy      string      // LogBlock or LogDrop
	LogQueue       int64       // bytes of output that wait for the journal
	LogNoSync      bool        // no fsync(2) of log files at the end
}

// Plan is a container unit whose every option has been checked. Nothing exists
// of it yet.
type Plan struct {
	config     Config
	dir        Dir
	record     *Record
	bundle     *oci.Bundle
	properties []unit.Property
	stopSignal int
}

// NewPlan checks a configuration. Errors name the option or file.
func NewPlan(ctx context.Context, m *unit.Conn, c Config) (*Plan, error) {
	p := &Plan{config: c}
	if err := errors.Join(p.check(), p.checkNotConfigured(), p.checkRestore()); err != nil {
		return nil, err
	}
	var err error
	if p.dir, err = DirOf(c.Name, c.User); err != nil {
		return nil, err
	}
	if err := p.build(ctx); err != nil {
		return nil, err
	}
	if p.properties, err = ParseProperties(ctx, m, c.Properties); err != nil {
		return nil, err
	}
	return p, nil
}

// ParseProperties reads properties KEY=VALUE of a container's unit. The error names
// the one that is wrong, or would break the unit.
func ParseProperties(ctx context.Context, m *unit.Conn, list []string) (all []unit.Property, err error) {
	for _, a := range list {
		key, value, _ := strings.Cut(a, "=")
		if why := conf.PropertyRefusal(key, value); why != "" {
			return nil, fmt.Errorf("property %s: not possible here: %s", key, why)
		}
		props, err := m.ParseProperty(ctx, "service", a)
		if err != nil {
			return nil, err
		}
		all = append(all, props...)
	}
	return all, nil
}

// restarts are the values of Restart=, systemd.service(5).
func restarts() []string {
	return []string{"no", "always", "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog"}
}

// check refuses what needs nothing from the machine to be seen as wrong.
func (p *Plan) check() error {
	c := &p.config
	if err := CheckName(c.Name); err != nil {
		return err
	}
	if !slices.Contains([]Stdio{StdioFIFO, StdioJournal}, c.Stdio) {
		return fmt.Errorf("stdio %q is neither fifo nor journal", c.Stdio)
	}
	if !slices.Contains([]SDNotify{NotifyUnit, NotifyContainer}, c.SDNotify) {
		return fmt.Errorf("sdnotify %q is neither container nor unit", c.SDNotify)
	}
	if c.Restart != "" && !slices.Contains(restarts(), c.Restart) {
		return fmt.Errorf("restart %q is none of %s", c.Restart, strings.Join(restarts(), ", "))
	}
	if c.Slice != "" && !strings.HasSuffix(c.Slice, ".slice") {
		return fmt.Errorf("slice %q does not end in .slice", c.Slice)
	}
	return errors.Join(p.checkSignal(), p.checkLabels(), p.checkManager(), p.checkStdio())
}

// checkStdio refuses streams and logs that do not go together.
func (p *Plan) checkStdio() error {
	c := &p.config
	if c.LeaveStdinOpen && !c.Stdin {
		return errors.New("leave stdin open: there is none without --interactive")
	}
	if err := p.checkLogs(); err != nil || c.Stdio != StdioJournal {
		return err
	}
	const without = "stdio journal: there is no relay that could give the container "
	switch {
	case c.OCI.Terminal:
		return errors.New(without + "a terminal")
	case c.Stdin:
		return errors.New(without + "a stdin")
	case len(c.Logs) > 1 || c.Logs[0].Driver != LogJournal:
		return errors.New(without + "a log other than the journal")
	case c.LogPolicy != LogBlock:
		return errors.New("stdio journal: the container always waits for the journal, log policy drop is not possible")
	}
	return nil
}

func (p *Plan) checkSignal() error {
	p.stopSignal = 15
	if s := p.config.StopSignal; s != "" {
		n, ok := sys.ParseSignal(s)
		if !ok {
			return fmt.Errorf("stop signal %q is no signal", s)
		}
		p.stopSignal = n
	}
	if p.config.StopTimeout <= 0 {
		return fmt.Errorf("stop timeout %s is not above 0", p.config.StopTimeout)
	}
	return nil
}

func (p *Plan) checkLabels() error {
	for k, v := range p.config.OCI.Labels {
		if err := conf.CheckLabel(k, v); err != nil {
			return err
		}
	}
	if strings.ContainsAny(p.config.Tag, "\n") {
		return errors.New("tag: the value has a newline")
	}
	return nil
}

// build finds the runtime and makes the record and the bundle.
func (p *Plan) build(ctx context.Context) error {
	c := &p.config
	id, err := c.ID, error(nil)
	if id == "" {
		id, err = oci.NewID()
	}
	if err != nil {
		return err
	}
	c.OCI.ID, c.OCI.Name, c.OCI.Rootless = id, c.Name, c.User
	if c.SDNotify == NotifyContainer {
		c.OCI.NotifySocket = notifyPath(c.User)
	}
	if p.bundle, err = oci.Build(c.OCI); err != nil {
		return err
	}
	source, err := sourceOf(&c.OCI)
	if err != nil {
		return err
	}
	rt, err := oci.Find(ctx, c.Runtime)
	if err != nil {
		return err
	}
	p.bundle.Suit(rt)
	p.record = &Record{
		Version: recordVersion, Name: c.Name, ID: id, User: c.User,
		Stdio: c.Stdio, SDNotify: c.SDNotify, Tag: c.Tag, Labels: c.OCI.Labels, Source: source, Restore: c.Restore,
		Runtime:  RuntimeRecord{Path: rt.Path, Args: c.RuntimeArgs},
		IdleMS:   c.RelayIdle.Milliseconds(),
		Terminal: c.OCI.Terminal, Stdin: c.Stdin, LeaveStdinOpen: c.LeaveStdinOpen,
		Logs: c.Logs, LogPolicy: c.LogPolicy, LogQueue: c.LogQueue, LogNoSync: c.LogNoSync,
	}
	if p.record.Resident() {
		p.record.IdleMS = -1
	}
	p.record.LogFields = p.record.logFields()
	return p.checkFields()
}

// checkFields refuses labels that together are too much for one entry.
func (p *Plan) checkFields() error {
	_, err := p.record.Native(6)
	return err
}
