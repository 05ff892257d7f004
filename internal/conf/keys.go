package conf

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// A setter takes one assignment of a key of [Container]; dir is the directory of
// the container, against which relative paths are taken.
type setter func(c *Container, value string) error

// keys are the keys of [Container] that are read.
var keys = map[string]setter{
	"Exec":            func(c *Container, v string) error { return replaceWords(c, &c.Args, v) },
	"Bundle":          func(c *Container, v string) error { return setPath(c, &c.Bundle, v) },
	"Rootfs":          func(c *Container, v string) error { return setPath(c, &c.Rootfs, v) },
	"Environment":     func(c *Container, v string) error { return addEnv(c, v) },
	"EnvironmentFile": func(c *Container, v string) error { return addEnvFile(c, v) },
	"User":            func(c *Container, v string) error { return setText(c, &c.User, v) },
	"Group":           func(c *Container, v string) error { return setText(c, &c.Group, v) },
	"WorkingDir":      func(c *Container, v string) error { return setText(c, &c.Workdir, v) },
	"HostName":        func(c *Container, v string) error { return setText(c, &c.Hostname, v) },
	"Volume":          func(c *Container, v string) error { return addText(c, &c.Volumes, v) },
	"Tmpfs":           func(c *Container, v string) error { return addText(c, &c.Tmpfs, v) },
	"Network":         func(c *Container, v string) error { return setOneOf(c, &c.Network, v, "host", "none") },
	"ReadOnly":        func(c *Container, v string) error { return setBool(&c.ReadOnly, v) },
	"NoNewPrivileges": func(c *Container, v string) error { return setBool(&c.NoNewPrivileges, v) },
	"AddCapability":   func(c *Container, v string) error { return addCaps(c, &c.AddCaps, v) },
	"DropCapability":  func(c *Container, v string) error { return addCaps(c, &c.DropCaps, v) },
	"Label":           func(c *Container, v string) error { return addPairs(c, &c.Labels, v, CheckLabel) },
	"Annotation":      func(c *Container, v string) error { return addPairs(c, &c.Annotations, v, nil) },
	"Terminal":        func(c *Container, v string) error { return setFlag(&c.Terminal, v) },
	"Interactive":     func(c *Container, v string) error { return setFlag(&c.Interactive, v) },
	"LeaveStdinOpen":  func(c *Container, v string) error { return setFlag(&c.LeaveStdinOpen, v) },
	"Notify":          func(c *Container, v string) error { return setFlag(&c.NotifyContainer, v) },
	"StopSignal":      func(c *Container, v string) error { return setText(c, &c.StopSignal, v) },
	"StopTimeout":     func(c *Container, v string) error { return setText(c, &c.StopTimeout, v) },
	"Runtime":         func(c *Container, v string) error { return setText(c, &c.Runtime, v) },
	"RuntimeArg":      func(c *Container, v string) error { return addWords(c, &c.RuntimeArgs, v) },
	"Tag":             func(c *Container, v string) error { return setText(c, &c.Tag, v) },
	"Stdio":           func(c *Container, v string) error { return setOneOf(c, &c.Stdio, v, "fifo", "journal") },
	"LogDriver":       func(c *Container, v string) error { return addLog(c, v) },
	"LogMaxSize":      func(c *Container, v string) error { return setText(c, &c.LogMaxSize, v) },
	"LogMaxFiles":     func(c *Container, v string) error { return setText(c, &c.LogMaxFiles, v) },
	"LogPolicy":       func(c *Container, v string) error { return setOneOf(c, &c.LogPolicy, v, "block", "drop") },
	"LogQueue":        func(c *Container, v string) error { return setText(c, &c.LogQueue, v) },
	"LogNoSync":       func(c *Container, v string) error { return setFlag(&c.LogNoSync, v) },
	"RelayIdle":       func(c *Container, v string) error { return setText(c, &c.RelayIdle, v) },
}

// Keys are the keys of [Container] that are read, in no order.
func Keys() []string {
	var list []string
	for k := range keys {
		list = append(list, k)
	}
	return list
}

func setText(c *Container, to *string, v string) (err error) {
	*to, err = c.expand(v)
	return err
}

func setPath(c *Container, to *string, v string) error {
	path, err := c.expand(v)
	if err == nil {
		*to = c.absolute(path)
	}
	return err
}

// absolute is a path, or one relative to the container's directory.
func (c *Container) absolute(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.Path), path)
}

func setOneOf(c *Container, to *string, v string, allowed ...string) error {
	for _, a := range append(allowed, "") {
		if v == a {
			*to = v
			return nil
		}
	}
	return fmt.Errorf("%s is none of %s", shorten(v), strings.Join(allowed, ", "))
}

func setBool(to *Bool, v string) error {
	b, err := ParseBool(v)
	switch {
	case err != nil:
		return err
	case b:
		*to = Yes
	default:
		*to = No
	}
	return nil
}

func setFlag(to *bool, v string) (err error) {
	*to, err = ParseBool(v)
	return err
}

// ParseBool reads a boolean as systemd does, systemd.syntax(7).
func ParseBool(v string) (bool, error) {
	switch strings.ToLower(v) {
	case "1", "yes", "y", "true", "t", "on":
		return true, nil
	case "0", "no", "n", "false", "f", "off":
		return false, nil
	}
	return false, fmt.Errorf("%s is neither yes nor no", shorten(v))
}

func (c *Container) words(v string) ([]string, error) {
	list, err := Words(v)
	for i := range list {
		var e error
		list[i], e = c.expand(list[i])
		err = errors.Join(err, e)
	}
	return list, err
}

func replaceWords(c *Container, to *[]string, v string) (err error) {
	*to, err = c.words(v)
	return err
}

// addWords adds the words of a value; an empty one takes all away that came
// before.
func addWords(c *Container, to *[]string, v string) error {
	list, err := c.words(v)
	if err != nil {
		return err
	}
	*to = append(*to, list...)
	if len(list) == 0 {
		*to = nil
	}
	return nil
}

// addText is addWords for a key whose value is one item.
func addText(c *Container, to *[]string, v string) error {
	text, err := c.expand(v)
	switch {
	case err != nil:
		return err
	case text == "":
		*to = nil
	default:
		*to = append(*to, text)
	}
	return nil
}

func addEnv(c *Container, v string) error {
	before := len(c.Env)
	if err := addWords(c, &c.Env, v); err != nil {
		return err
	}
	for i, kv := range c.Env[min(before, len(c.Env)):] {
		if key, _, ok := strings.Cut(kv, "="); !ok || key == "" {
			return fmt.Errorf("item %d is not NAME=VALUE", i+1) // it may be secret
		}
	}
	return nil
}

func addEnvFile(c *Container, v string) error {
	path, err := c.expand(v)
	if err != nil {
		return err
	}
	path, optional := strings.CutPrefix(path, "-")
	if path == "" {
		c.EnvFiles = nil
		return nil
	}
	c.EnvFiles = append(c.EnvFiles, EnvFile{c.absolute(path), optional})
	return nil
}

// addCaps takes capability names with or without "CAP_", in either case.
func addCaps(c *Container, to *[]string, v string) error {
	before := len(*to)
	if err := addWords(c, to, v); err != nil {
		return err
	}
	for i := min(before, len(*to)); i < len(*to); i++ {
		name := strings.ToUpper((*to)[i])
		switch {
		case name == "ALL":
			name = "all"
		case !strings.HasPrefix(name, "CAP_"):
			name = "CAP_" + name
		}
		(*to)[i] = name
	}
	return nil
}

func addPairs(c *Container, to *map[string]string, v string, check func(key, value string) error) error {
	list, err := c.words(v)
	if err != nil {
		return err
	}
	if len(list) == 0 || *to == nil {
		*to = map[string]string{}
	}
	for _, kv := range list {
		key, value, ok := strings.Cut(kv, "=")
		if !ok || key == "" {
			return fmt.Errorf("%s is not KEY=VALUE", shorten(kv))
		}
		if check != nil {
			if err := check(key, value); err != nil {
				return err
			}
		}
		(*to)[key] = value
	}
	return nil
}

// addLog takes a log driver by unitmon's name or by podman's.
func addLog(c *Container, v string) error {
	text, err := c.expand(v)
	if err != nil {
		return err
	}
	driver, path, given := strings.Cut(text, ":")
	switch driver {
	case "":
		c.Logs = nil
		return nil
	case "journald":
		driver = "journal"
	case "passthrough", "passthrough-tty":
		return fmt.Errorf("%s: not possible; Stdio=journal gives the container the journal itself", driver)
	}
	if given {
		driver += ":" + c.absolute(path)
	}
	c.Logs = append(c.Logs, driver)
	return nil
}
