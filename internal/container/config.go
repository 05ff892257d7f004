package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/unit"
)

// relayIdleDefault is the silence after which the relay of a configured
// container leaves.
const relayIdleDefault = 30 * time.Second

// stopTimeoutDefault is TimeoutStopSec= of the template.
const stopTimeoutDefault = 10 * time.Second

// LoadConfig reads the directory of the configured container name. The error is
// of joined *conf.Error; what could be read is returned with it.
func LoadConfig(name string, user bool) (*conf.Container, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	there, err := Configured(name, user)
	if err != nil {
		return nil, err
	}
	root, err := ConfigRoot(user)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(root, name)
	if !there {
		return nil, fmt.Errorf("%w: there is no directory %s", ErrNoContainer, dir)
	}
	return LoadConfigDir(dir, user)
}

// LoadConfigDir is LoadConfig for a directory anywhere.
func LoadConfigDir(dir string, user bool) (*conf.Container, error) {
	m := conf.Manager{Home: "/root", Runtime: "/run"}
	if user {
		m = conf.Manager{Home: os.Getenv("HOME"), Runtime: os.Getenv("XDG_RUNTIME_DIR")}
	}
	return conf.Load(dir, m)
}

// ConfigID is the ID of the configured container name on this machine.
func ConfigID(name string, user bool) (string, error) {
	machine, err := conf.MachineID()
	if err != nil {
		return "", err
	}
	uid := -1
	if user {
		uid = os.Getuid()
	}
	return conf.ID(machine, uid, name), nil
}

// CheckConfig says what a start of the container would refuse, without starting
// anything.
func CheckConfig(ctx context.Context, c *conf.Container, user bool) error {
	_, err := planConfig(ctx, c, user)
	return err
}

// planConfig makes the plan of a configured container. Errors name the file, and
// where it is one line's fault, the line.
func planConfig(ctx context.Context, c *conf.Container, user bool) (*Plan, error) {
	config, err := configOf(c, user)
	if err != nil {
		return nil, err
	}
	p := &Plan{config: config}
	if err = p.check(); err == nil {
		p.dir, err = DirOf(c.Name, user)
	}
	if err == nil {
		err = p.build(ctx)
	}
	if err == nil {
		err = amend(p.bundle.Spec, c)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Path, err)
	}
	p.record.FromFile = true
	p.record.LogFields = p.record.LogFields && generated(c, config.ID)
	return p, nil
}

// generated reports whether the manager has given the relay's unit the
// container's fields as they are now: without unitmon-generator it has not, and
// after a change of labels only with the next daemon-reload.
func generated(c *conf.Container, id string) bool {
	path := filepath.Join("/run/systemd/generator", FileUnits(c.Name).Relay+".d", conf.DropInName)
	text, err := os.ReadFile(path)
	return err == nil && string(text) == c.DropIns(id, false).Relay
}

// configOf turns a configuration into what "unitmon run" makes of its options.
func configOf(c *conf.Container, user bool) (Config, error) {
	id, err := ConfigID(c.Name, user)
	if err != nil {
		return Config{}, err
	}
	o := Config{
		Name: c.Name, ID: id, User: user, Runtime: c.Runtime, RuntimeArgs: c.RuntimeArgs,
		StopSignal: c.StopSignal, StopTimeout: stopTimeoutDefault, Tag: c.Tag,
		SDNotify: NotifyUnit, Stdio: StdioFIFO, RelayIdle: relayIdleDefault,
		Stdin: c.Interactive, LeaveStdinOpen: c.LeaveStdinOpen,
		LogPolicy: LogBlock, LogQueue: LogQueueDefault, LogNoSync: c.LogNoSync,
	}
	if c.NotifyContainer {
		o.SDNotify = NotifyContainer
	}
	if c.Stdio != "" {
		o.Stdio = Stdio(c.Stdio)
	}
	if c.LogPolicy != "" {
		o.LogPolicy = c.LogPolicy
	}
	return o, errors.Join(configOCI(c, &o), configTimes(c, &o), configLogs(c, &o))
}

// configOCI fills in what the bundle is made of.
func configOCI(c *conf.Container, o *Config) error {
	env, err := c.ReadEnvFiles()
	if err != nil {
		return err
	}
	o.OCI.Bundle, o.OCI.RootFS, o.OCI.Args = c.Bundle, c.Rootfs, c.Args
	o.OCI.Env = append(env, c.Env...)
	o.OCI.UID, o.OCI.GID = os.Getuid(), os.Getgid()
	o.OCI.Workdir, o.OCI.Hostname, o.OCI.Network = c.Workdir, c.Hostname, c.Network
	o.OCI.Volumes, o.OCI.Labels, o.OCI.Terminal = c.Volumes, c.Labels, c.Terminal
	o.OCI.User = c.User
	if c.Group != "" {
		if strings.Contains(c.User, ":") {
			return c.Wrong("Group", errors.New("there is a group in User= already"))
		}
		o.OCI.User += ":" + c.Group
	}
	return nil
}

// configTimes fills in the time spans.
func configTimes(c *conf.Container, o *Config) error {
	read := func(key, text string, to *time.Duration) error {
		if text == "" {
			return nil
		}
		d, err := unit.ParseTimeSpan(text)
		if err == nil && d < 0 {
			err = errors.New("it is negative")
		}
		if err != nil {
			return c.Wrong(key, err)
		}
		*to = d
		return nil
	}
	if c.RelayIdle == "never" {
		o.RelayIdle = -time.Millisecond
		return read("StopTimeout", c.StopTimeout, &o.StopTimeout)
	}
	return errors.Join(read("StopTimeout", c.StopTimeout, &o.StopTimeout), read("RelayIdle", c.RelayIdle, &o.RelayIdle))
}

// checkNotConfigured refuses the name of a configured container: the two would
// share a directory, and people would take one for the other.
func (p *Plan) checkNotConfigured() error {
	there, err := Configured(p.config.Name, p.config.User)
	if err != nil || !there {
		return err
	}
	units := FileUnits(p.config.Name)
	return fmt.Errorf("container %s: %w: it is configured as %s (unitmon start %s)", p.config.Name, ErrInUse, units.Service, p.config.Name)
}
