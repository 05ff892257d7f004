package container

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/conf"
)

// readConf reads a configuration of [Container] that must have no errors.
func readConf(t *testing.T, text string) *conf.Container {
	t.Helper()
	c, err := conf.Read("/etc/unitmon/web/container.conf", []byte("[Container]\n"+text), conf.Manager{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConfigOf(t *testing.T) {
	o, err := configOf(readConf(t, `Exec=true
User=www
Group=7
Environment=A=1
LogDriver=k8s-file:/var/log/web.log
LogDriver=journald
LogMaxSize=1M
LogMaxFiles=3
LogQueue=2K
StopTimeout=1min
RelayIdle=never
Interactive=yes
Notify=yes
`), false)
	if err != nil {
		t.Fatal(err)
	}
	logs := []LogRecord{{LogK8s, "/var/log/web.log", 1 << 20, 3}, {Driver: LogJournal}}
	if diff := cmp.Diff(logs, o.Logs); diff != "" {
		t.Error(diff)
	}
	if o.OCI.User != "www:7" || o.StopTimeout != time.Minute || o.RelayIdle >= 0 || !o.Stdin || o.SDNotify != NotifyContainer ||
		o.LogQueue != 2048 || o.LogPolicy != LogBlock || len(o.ID) != 64 || o.Name != "web" {
		t.Errorf("%+v", o)
	}
}

// TestConfigOf_Errors: errors have the file and the line.
func TestConfigOf_Errors(t *testing.T) {
	for line, want := range map[string]string{
		"LogQueue=x":                      `LogQueue=: "x" is no size`,
		"LogMaxSize=1M":                   "LogMaxSize=: there is no log file",
		"LogDriver=k8s-file":              `LogDriver=: log "k8s-file": it needs a file`,
		"LogMaxFiles=0":                   `LogMaxFiles=: "0" is no number from 1 to`,
		"StopTimeout=soon":                "StopTimeout=: ",
		"RelayIdle=-1s":                   "RelayIdle=: ",
		"EnvironmentFile=/nowhere/at/all": "EnvironmentFile=: stat /nowhere",
	} {
		_, err := configOf(readConf(t, line+"\n"), false)
		if err == nil || !strings.HasPrefix(err.Error(), "/etc/unitmon/web/container.conf:2: "+want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

func TestAmend(t *testing.T) {
	s := &specs.Spec{
		Root: &specs.Root{}, Annotations: map[string]string{"b": "ours"},
		Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{
			Bounding: []string{"CAP_KILL", "CAP_CHOWN"}, Permitted: []string{"CAP_KILL"}, Inheritable: []string{"CAP_KILL"},
		}},
	}
	c := readConf(t, "ReadOnly=yes\nNoNewPrivileges=yes\nTmpfs=/var/cache:size=1M\nAnnotation=a=1 b=2\nDropCapability=KILL\nAddCapability=net_admin\n")
	if err := amend(s, c); err != nil {
		t.Fatal(err)
	}
	want := &specs.Spec{
		Root: &specs.Root{Readonly: true}, Annotations: map[string]string{"a": "1", "b": "ours"},
		Process: &specs.Process{NoNewPrivileges: true, Capabilities: &specs.LinuxCapabilities{
			Bounding: []string{"CAP_CHOWN", "CAP_NET_ADMIN"}, Permitted: []string{"CAP_NET_ADMIN"}, Effective: []string{"CAP_NET_ADMIN"},
		}},
		Mounts: []specs.Mount{{Destination: "/var/cache", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "nodev", "noexec", "mode=1777", "size=1M"}}},
	}
	if diff := cmp.Diff(want, s, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	for line, want := range map[string]string{
		"Tmpfs=cache": `Tmpfs=: "cache" is no absolute path`, "Tmpfs=/": "Tmpfs=: ", "AddCapability=all": "AddCapability=: name those",
		"DropCapability=a-b": `DropCapability=: "CAP_A-B" is no capability`,
	} {
		if err := amend(s, readConf(t, line+"\n")); err == nil || !strings.Contains(err.Error(), ":2: "+want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}
