package oci

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Options say what container [Build] is to describe. At most one of Bundle and
// RootFS is set; with neither the container sees the host's own root, read-only,
// with private /dev, /proc, /run and /tmp.
type Options struct {
	// Bundle is a directory with a config.json; the other options are applied
	// over what it says.
	Bundle string
	// RootFS is a root directory that gets the default configuration.
	RootFS string

	// Args is the command. It may be empty only with Bundle.
	Args []string
	// Env has entries KEY=VALUE, or KEY alone, whose value is then taken from
	// Environ; a KEY that is not there is left out.
	Env []string
	// Environ is the caller's own environment; only what Env names is used.
	Environ []string

	// Workdir is an absolute path in the container; empty means / or what the
	// bundle says.
	Workdir string
	// User is UID, UID:GID, NAME or NAME:GROUP; names are looked up in the
	// root's own etc/passwd and etc/group. Empty means 0:0 or what the bundle
	// says.
	User string
	// Hostname is at most 64 bytes. Empty means Name or what the bundle says.
	Hostname string
	// Volumes has entries SRC:DST[:OPTION,…], see [ParseVolume].
	Volumes []string
	// Network is "host" (the default), "none", or with Bundle empty: what the
	// bundle says.
	Network string

	// Rootless adds a user namespace in which the caller, UID and GID, is 0 and
	// nobody else exists, and leaves out what a user cannot have.
	Rootless bool
	UID, GID int

	// NotifySocket is the host path of a datagram socket that the container's
	// own sd_notify(3) messages go to. It is bound into the container, and the
	// command finds it in NOTIFY_SOCKET. A name in the abstract namespace,
	// "@…", cannot be bound and needs the host's network.
	NotifySocket string

	// CgroupsPath is linux.cgroupsPath: absolute, and made by the runtime.
	CgroupsPath string

	// ID, Name and Labels become annotations; see [AnnotationID].
	ID, Name string
	Labels   map[string]string

	// Terminal makes a terminal the container's stdin, stdout and stderr; see
	// [Runtime.CreateTerminal]. A bundle that wants one is refused without it.
	Terminal bool
}

// The annotations that every bundle of unitmon carries. Labels are annotations
// under their own names.
const (
	AnnotationID   = "io.github.unitmon.id"
	AnnotationName = "io.github.unitmon.name"
)

// hostNameMax is HOST_NAME_MAX of Linux, sethostname(2).
const hostNameMax = 64

// check refuses what no container could be made of, before anything is read.
func (o *Options) check() error {
	if o.Bundle != "" && o.RootFS != "" {
		return errors.New("a bundle and a root directory exclude each other")
	}
	if o.Bundle == "" && len(o.Args) == 0 {
		return errors.New("no command given")
	}
	if len(o.Args) > 0 && o.Args[0] == "" {
		return errors.New("the command is an empty string")
	}
	if o.Rootless && (o.UID < 0 || o.GID < 0) {
		return fmt.Errorf("rootless: %d:%d is not a user and group", o.UID, o.GID)
	}
	return errors.Join(o.checkStrings(), o.checkPaths(), o.checkNames())
}

func (o *Options) checkStrings() error {
	for what, list := range map[string][]string{
		"command": o.Args, "environment": o.Env, "volume": o.Volumes, "root directory": {o.RootFS}, "working directory": {o.Workdir},
	} {
		for _, s := range list {
			if strings.ContainsRune(s, 0) {
				return fmt.Errorf("%s %q: contains a NUL byte", what, s)
			}
			if err := checkText(what, s); err != nil {
				return err
			}
		}
	}
	for k := range o.Labels {
		if k == "" {
			return errors.New("label: the name is empty")
		}
	}
	return nil
}

// checkText refuses what JSON cannot hold, and what would become something else in
// config.json (RFC 8259).
func checkText(what, s string) error {
	if utf8.ValidString(s) {
		return nil
	}
	return fmt.Errorf("%s %q: not UTF-8, and config.json of a bundle holds nothing else", what, s)
}

func (o *Options) checkPaths() error {
	if o.Workdir != "" && !filepath.IsAbs(o.Workdir) {
		return fmt.Errorf("working directory %s: not an absolute path", o.Workdir)
	}
	if o.CgroupsPath != "" && !filepath.IsAbs(o.CgroupsPath) {
		return fmt.Errorf("cgroup %s: not an absolute path", o.CgroupsPath)
	}
	if s := o.NotifySocket; s != "" && s[0] != '/' && s[0] != '@' {
		return fmt.Errorf("notify socket %s: neither an absolute path nor an abstract name", s)
	}
	return nil
}

func (o *Options) checkNames() error {
	if n := len(o.Hostname); n > hostNameMax {
		return fmt.Errorf("host name %s: %d bytes, at most %d are possible", o.Hostname, n, hostNameMax)
	}
	switch o.Network {
	case "", "host", "none":
		return nil
	}
	return fmt.Errorf("network %s: neither host nor none", o.Network)
}
