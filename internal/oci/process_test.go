package oci

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func TestExecProcess(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc/passwd"), []byte("web:x:33:34:::\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	of := &specs.Process{
		Terminal: true, ConsoleSize: &specs.Box{Height: 1, Width: 1}, Args: []string{"httpd"}, Cwd: "/srv",
		Env:             []string{"A=1", "NOTIFY_SOCKET=/run/n", "NOTIFY_SOCKETS=kept", "HOME=/root"},
		NoNewPrivileges: true, Capabilities: &specs.LinuxCapabilities{Bounding: []string{"CAP_KILL"}},
	}
	p, err := ExecProcess(of, Options{Args: []string{"sh"}, Env: []string{"A=2", "B"}, Environ: []string{"B=3"}, User: "web"}, root)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"A=2", "NOTIFY_SOCKETS=kept", "HOME=/", "B=3"}; !slices.Equal(p.Env, want) {
		t.Errorf("environment %q, want %q", p.Env, want)
	}
	if p.Terminal || p.ConsoleSize != nil || p.Cwd != "/srv" || p.User.UID != 33 || p.User.GID != 34 || !slices.Equal(p.Args, []string{"sh"}) {
		t.Errorf("process %+v", p)
	}
	if !p.NoNewPrivileges || p.Capabilities == nil {
		t.Error("it does not have the container's privileges")
	}
	if of.Args[0] != "httpd" || len(of.Env) != 4 || of.Env[0] != "A=1" || !of.Terminal {
		t.Errorf("the container's own process was changed: %+v", of)
	}
	p, err = ExecProcess(of, Options{Args: []string{"sh"}, Terminal: true, Workdir: "/tmp"}, root)
	if err != nil || !p.Terminal || p.Cwd != "/tmp" || !slices.Contains(p.Env, "TERM=xterm") {
		t.Errorf("with a terminal: %+v (%v)", p, err)
	}
}

func TestExecProcess_Refused(t *testing.T) {
	of := &specs.Process{Args: []string{"httpd"}, Cwd: "/"}
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "no command"},
		{Options{Args: []string{""}}, "empty"},
		{Options{Args: []string{"a\x00"}}, "NUL"},
		{Options{Args: []string{"a"}, Workdir: "x"}, "not an absolute path"},
		{Options{Args: []string{"a"}, User: "nobody-here"}, "no such user"},
		{Options{Args: []string{"a"}, User: "1", Rootless: true}, "only 0:0"},
	} {
		if p, err := ExecProcess(of, c.o, t.TempDir()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, %v, want %q", c.o, p, err, c.want)
		}
	}
}

func TestReadConfigured(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadConfigured(dir); err == nil {
		t.Error("a bundle that is not there")
	}
	const config = `{"ociVersion":"1.0.0","process":{"args":["a"],"cwd":"/"},"root":{"path":"r"},"linux":{"cgroupsPath":"/x/y"}}`
	if err := os.WriteFile(filepath.Join(dir, configName), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := ReadConfigured(dir)
	if err != nil || c.CgroupsPath != "/x/y" || c.Process.Args[0] != "a" {
		t.Errorf("read %+v (%v)", c, err)
	}
}

func TestSubgroups(t *testing.T) {
	for name, want := range map[string]bool{"runc": true, "crun-1.21": true, "runsc": false, "youki": false} {
		if got := (&Runtime{Name: name}).Subgroups(); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
