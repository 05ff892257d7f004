package main

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/internal/container"
)

// confText is a container.conf as it is written.
type confText struct {
	strings.Builder
	errs []error // of values that cannot be written
}

// line adds an assignment, if there is a value. There are no quotes around it, so
// it must be what is left of a line without white space around it.
func (t *confText) line(key, value string) {
	switch {
	case value == "":
	case strings.ContainsAny(value, "\n\r\x00") || value != strings.TrimSpace(value) || strings.HasSuffix(value, `\`):
		t.errs = append(t.errs, fmt.Errorf("%s=%q cannot be written: it has more than a line, white space around it, or a backslash at its end", key, value))
	default:
		t.WriteString(key + "=" + literal(value) + "\n")
	}
}

// words adds an assignment of items, in quotes where they need them.
func (t *confText) words(key string, list ...string) {
	quoted := make([]string, len(list))
	for i, w := range list {
		quoted[i] = conf.Quote(w)
	}
	t.line(key, strings.Join(quoted, " "))
}

func (t *confText) yes(key string, is bool) {
	if is {
		t.line(key, "yes")
	}
}

// literal writes a value that has no specifiers.
func literal(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// config is the container.conf that says what the options say.
func (o *runOptions) config() (string, error) {
	var t confText
	t.WriteString("[Container]\n")
	if err := o.configRoot(&t); err != nil {
		return "", err
	}
	o.configEnv(&t)
	o.configProcess(&t)
	o.configLog(&t)
	o.configUnit(&t)
	return t.String(), errors.Join(t.errs...)
}

// configRoot writes where the root is from and what runs in it.
func (o *runOptions) configRoot(t *confText) error {
	for _, p := range []struct{ key, path string }{{"Bundle", o.OCI.Bundle}, {"Rootfs", o.OCI.RootFS}} {
		if p.path == "" {
			continue
		}
		path, err := filepath.Abs(p.path)
		if err != nil {
			return err
		}
		t.line(p.key, path)
	}
	t.words("Exec", o.OCI.Args...)
	return nil
}

// configEnv writes the environment; what is taken from the caller's gets the
// value that it has now.
func (o *runOptions) configEnv(t *confText) {
	for _, kv := range o.OCI.Env {
		if !strings.Contains(kv, "=") {
			i := slices.IndexFunc(o.OCI.Environ, func(e string) bool { return strings.HasPrefix(e, kv+"=") })
			if i < 0 {
				continue
			}
			kv = o.OCI.Environ[i]
		}
		t.words("Environment", kv)
	}
}

func (o *runOptions) configProcess(t *confText) {
	t.line("WorkingDir", o.OCI.Workdir)
	t.line("User", o.OCI.User)
	t.line("HostName", o.OCI.Hostname)
	t.line("Network", o.OCI.Network)
	for _, v := range o.OCI.Volumes {
		t.line("Volume", v)
	}
	for _, k := range slices.Sorted(maps.Keys(o.OCI.Labels)) {
		t.words("Label", k+"="+o.OCI.Labels[k])
	}
	t.yes("Terminal", o.OCI.Terminal)
	t.yes("Interactive", o.Stdin)
	t.yes("LeaveStdinOpen", o.LeaveStdinOpen)
	t.yes("Notify", o.SDNotify == container.NotifyContainer)
	t.line("StopSignal", o.StopSignal)
	if o.timeout != "10s" {
		t.line("StopTimeout", o.timeout)
	}
	t.line("Runtime", o.Runtime)
	for _, a := range o.RuntimeArgs {
		t.words("RuntimeArg", a)
	}
}

func (o *runOptions) configLog(t *confText) {
	t.line("Tag", o.Tag)
	if o.Stdio != container.StdioFIFO {
		t.line("Stdio", string(o.Stdio))
	}
	for _, l := range o.Logs {
		t.line("LogDriver", strings.TrimSuffix(l.Driver+":"+l.Path, ":"))
	}
	t.line("LogMaxSize", o.log.maxSize)
	t.line("LogMaxFiles", o.log.files)
	if o.LogPolicy != container.LogBlock {
		t.line("LogPolicy", o.LogPolicy)
	}
	if o.LogQueue != container.LogQueueDefault {
		t.line("LogQueue", o.log.queue)
	}
	t.yes("LogNoSync", o.LogNoSync)
	if o.idle != "30s" {
		t.line("RelayIdle", o.idle)
	}
}
