package conf

import "slices"

// The sections of a container.conf.
const (
	sectionContainer = "Container"
	sectionUnit      = "Unit"
	sectionService   = "Service"
	sectionInstall   = "Install"
)

// Container is what a configuration says. Values are as they were written, but
// for quotes, specifiers, and yes or no; whether paths, users or signals exist is
// not looked at.
type Container struct {
	Name string
	Path string // the file, or for a plain bundle its config.json

	Args            []string
	Bundle          string // absolute
	Rootfs          string // absolute
	Env             []string
	EnvFiles        []EnvFile
	User, Group     string
	Workdir         string
	Hostname        string
	Volumes         []string
	Tmpfs           []string // PATH[:OPTION,…]
	Network         string
	ReadOnly        Bool
	NoNewPrivileges Bool
	AddCaps         []string // as CAP_NET_ADMIN, or "all"
	DropCaps        []string
	Labels          map[string]string
	Annotations     map[string]string
	Terminal        bool
	Interactive     bool
	LeaveStdinOpen  bool
	NotifyContainer bool // the container says READY=1 itself
	StopSignal      string
	StopTimeout     string // a time span, systemd.time(7)
	Runtime         string
	RuntimeArgs     []string
	Tag             string
	Stdio           string   // fifo, journal; empty: fifo
	Logs            []string // DRIVER[:PATH]
	LogMaxSize      string
	LogMaxFiles     string
	LogPolicy       string
	LogQueue        string
	LogNoSync       bool
	RelayIdle       string // a time span, or "never"

	wantedBy, requiredBy []string
	pass                 []Entry // of [Unit] and [Service], for the drop-in
	lines                map[string]int
	about                Manager
}

// Bool is a yes, a no, or neither.
type Bool int

// The values of Bool.
const (
	Unset Bool = iota
	No
	Yes
)

// EnvFile is a file of KEY=VALUE lines.
type EnvFile struct {
	Path     string // absolute
	Optional bool   // it need not exist
}

// Line is the line that a key of [Container] is in, for errors about its value;
// 0 if it is not given.
func (c *Container) Line(key string) int { return c.lines[key] }

// Wrong is an error about the value of a key of [Container].
func (c *Container) Wrong(key string, err error) error {
	text := err.Error()
	if c.lines[key] > 0 {
		text = key + "=: " + text
	}
	return &Error{c.Path, c.lines[key], text}
}

// WantedBy and RequiredBy are the units of [Install].
func (c *Container) WantedBy() []string { return slices.Clone(c.wantedBy) }

// RequiredBy are the units that are not started without this one.
func (c *Container) RequiredBy() []string { return slices.Clone(c.requiredBy) }
