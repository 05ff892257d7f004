package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/oci"
)

// TestConfig: what create writes reads back as it was given, whatever
// characters it has.
func TestConfig(t *testing.T) {
	const odd = "a \"b\" 'c' \\ %h $x\ttab\nline\rreturn \x01 ä"
	o := runOptions{timeout: "10s", idle: "30s"}
	o.OCI = oci.Options{RootFS: "/srv/a b%c", Args: []string{"sh", odd, ""}, Env: []string{"A=" + odd}, Labels: map[string]string{"k": "x y"}}
	o.OCI.Volumes = []string{"/a%:/b"}
	o.Stdio, o.LogPolicy, o.LogQueue = container.StdioFIFO, container.LogBlock, container.LogQueueDefault
	o.Properties = []string{"MemoryMax=1M", "After=a.service", "ConditionPathExists=", "Environment=P=50%"}
	text, err := o.config()
	if err != nil {
		t.Fatal(err)
	}
	c, err := conf.Read("/etc/unitmon/x/container.conf", []byte(text), conf.Manager{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if diff := cmp.Diff([][]string{o.OCI.Args, o.OCI.Env, o.OCI.Volumes, {"/srv/a b%c"}}, [][]string{c.Args, c.Env, c.Volumes, {c.Rootfs}}); diff != "" {
		t.Errorf("%s\n%s", diff, text)
	}
	const tail = "\n[Service]\nMemoryMax=1M\nEnvironment=P=50%%\n\n[Unit]\nAfter=a.service\nConditionPathExists=\n"
	if !strings.HasSuffix(text, tail) {
		t.Errorf("%s\nlacks %s", text, tail)
	}
}

// TestConfig_Refused: what would read back as something else is not written.
func TestConfig_Refused(t *testing.T) {
	for _, bad := range []string{"/a:/b\nExec=x", "/a:/b\r", `/a:/b\`, " /a:/b", "/a:/b "} {
		o := new(runOptions)
		o.OCI.Volumes = []string{bad}
		if text, err := o.config(); err == nil || !strings.Contains(err.Error(), "Volume=") {
			t.Errorf("%q: %v\n%s", bad, err, text)
		}
		o = new(runOptions)
		o.Properties = []string{"Description=" + bad}
		if text, err := o.config(); err == nil {
			t.Errorf("property %q\n%s", bad, text)
		}
	}
	for _, bad := range []string{"x", "=x", "a\nb=x", "[Install]=x"} {
		o := new(runOptions)
		o.Properties = []string{bad}
		if text, err := o.config(); err == nil {
			t.Errorf("property %q\n%s", bad, text)
		}
	}
}
