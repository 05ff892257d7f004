package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/internal/container"
)

// confText is a container.conf as it is written.
type confText struct{ strings.Builder }

// line adds an assignment, if there is a value.
func (t *confText) line(key, value string) {
	if value != "" {
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
	for _, v := range []string{o.OCI.Workdir, o.OCI.User, o.OCI.Hostname, o.Tag, o.Slice, o.Runtime} {
		if strings.ContainsAny(v, "\n\\") {
			return "", fmt.Errorf("%q: a value with a newline or backslash cannot be written", v)
		}
	}
	var t confText
	t.WriteString("[Container]\n")
	if err := o.configRoot(&t); err != nil {
		return "", err
	}
	if err := o.configEnv(&t); err != nil {
		return "", err
	}
	o.configProcess(&t)
	o.configLog(&t)
	err := o.configService(&t)
	return t.String(), err
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
func (o *runOptions) configEnv(t *confText) error {
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
	return nil
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

// configService writes what is the manager's.
func (o *runOptions) configService(t *confText) error {
	if len(o.Properties) == 0 && o.Slice+o.Restart == "" {
		return nil
	}
	t.WriteString("\n[Service]\n")
	t.line("Slice", o.Slice)
	t.line("Restart", o.Restart)
	for _, p := range o.Properties {
		key, value, ok := strings.Cut(p, "=")
		if !ok || key == "" || strings.ContainsAny(p, "\n") || strings.HasSuffix(p, `\`) {
			return fmt.Errorf("property %q: not KEY=VALUE on one line", p)
		}
		t.WriteString(key + "=" + literal(value) + "\n")
	}
	return nil
}
