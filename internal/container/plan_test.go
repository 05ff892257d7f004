package container

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/unitmon/unitmon/internal/oci"
)

func goodConfig() Config {
	return Config{
		Name: "web", StopTimeout: time.Second, Stdio: StdioFIFO, SDNotify: NotifyUnit,
		LogPolicy: LogBlock, LogQueue: LogQueueDefault,
	}
}

func TestPlan_check(t *testing.T) {
	if err := (&Plan{config: goodConfig()}).check(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Config){
		"invalid container name":                        func(c *Config) { c.Name = "a/b" },
		`stdio "x" is neither`:                          func(c *Config) { c.Stdio = "x" },
		`sdnotify "" is neither`:                        func(c *Config) { c.SDNotify = "" },
		`restart "maybe" is none of`:                    func(c *Config) { c.Restart = "maybe" },
		`slice "a.service" does not end in`:             func(c *Config) { c.Slice = "a.service" },
		`stop signal "FOO" is no signal`:                func(c *Config) { c.StopSignal = "FOO" },
		"stop timeout 0s is not above 0":                func(c *Config) { c.StopTimeout = 0 },
		"tag: the value has a newline":                  func(c *Config) { c.Tag = "a\nb" },
		"label message: the journal field":              func(c *Config) { c.OCI = oci.Options{Labels: map[string]string{"message": ""}} },
		"property User: it is for the system manager":   func(c *Config) { c.User, c.Properties = true, []string{"Nice=1", "User=root"} },
		"property LogExtraFields: it is for the system": func(c *Config) { c.User, c.Properties = true, []string{"LogExtraFields=A=b"} },
		"leave stdin open: there is none without":       func(c *Config) { c.LeaveStdinOpen, c.OCI.Terminal = true, true },
		"could give the container a terminal":           func(c *Config) { c.Stdio, c.OCI.Terminal = StdioJournal, true },
		"could give the container a stdin":              func(c *Config) { c.Stdio, c.Stdin = StdioJournal, true },
		"could give the container a log other than":     func(c *Config) { c.Stdio, c.Logs = StdioJournal, []LogRecord{{Driver: LogNone}} },
		"log policy drop is not possible":               func(c *Config) { c.Stdio, c.LogPolicy = StdioJournal, LogDrop },
	} {
		c := goodConfig()
		spoil(&c)
		if err := (&Plan{config: c}).check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestPlan_check_Fine(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"system User=":     func(c *Config) { c.Properties = []string{"User=root"} },
		"user IOWeight=":   func(c *Config) { c.User, c.Properties = true, []string{"IOWeight=1"} },
		"stop signal 9":    func(c *Config) { c.StopSignal = "9" },
		"stop signal name": func(c *Config) { c.StopSignal = "SIGRTMIN+3" },
		"restart":          func(c *Config) { c.Restart = "on-failure" },
		"slice":            func(c *Config) { c.Slice = "a-b.slice" },
		"stdin":            func(c *Config) { c.Stdin, c.LeaveStdinOpen = true, true },
		"terminal":         func(c *Config) { c.OCI.Terminal = true },
		"journal":          func(c *Config) { c.Stdio, c.Logs = StdioJournal, []LogRecord{{Driver: LogJournal}} },
	} {
		c := goodConfig()
		change(&c)
		if err := (&Plan{config: c}).check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPlan_AddRef: references to units need a bus.
func TestPlan_AddRef(t *testing.T) {
	for refs, want := range map[bool]int{false: 0, true: 1} {
		p := &Plan{config: goodConfig(), record: testRecord()}
		n := 0
		for _, prop := range p.serviceSpec("/bin/unitmon", refs).Properties {
			if prop.Name == "AddRef" {
				n++
			}
		}
		if n != want {
			t.Errorf("references %t: AddRef= %d times", refs, n)
		}
	}
}

// TestPlan_Resident: the relay that holds a terminal or a stdin never leaves, and
// the manager gives it what it needs.
func TestPlan_Resident(t *testing.T) {
	for want, change := range map[int64]func(*Config){
		7000: func(*Config) {},
		-1:   func(c *Config) { c.Stdin = true },
		-2:   func(c *Config) { c.OCI.Terminal = true },
	} {
		c := goodConfig()
		c.RelayIdle, c.OCI.Args, c.Runtime = 7*time.Second, []string{"true"}, "runc"
		change(&c)
		p := &Plan{config: c}
		if err := errors.Join(p.check(), p.build(t.Context())); err != nil {
			t.Fatal(err)
		}
		r := p.record
		if r.IdleMS != max(want, -1) || r.Resident() != (want < 0) || r.Terminal != c.OCI.Terminal || r.Stdin != c.Stdin {
			t.Errorf("%+v", r)
		}
		if p.bundle.Spec.Process.Terminal != c.OCI.Terminal {
			t.Error("the bundle does not say the same of a terminal")
		}
		if len(r.Logs) != 1 || r.Logs[0] != (LogRecord{Driver: LogJournal}) || r.LogPolicy != LogBlock || r.LogQueue != LogQueueDefault {
			t.Errorf("logs %+v, policy %s, queue %d", r.Logs, r.LogPolicy, r.LogQueue)
		}
	}
}

// TestPlan_Sockets: what the socket unit listens at.
func TestPlan_Sockets(t *testing.T) {
	for stdio, want := range map[Stdio]string{
		StdioFIFO:    "[{FIFO /d/stdout} {FIFO /d/stderr} {SequentialPacket /d/attach} {SequentialPacket /d/control}]",
		StdioJournal: "[{SequentialPacket /d/control}]",
	} {
		p := &Plan{config: goodConfig(), record: testRecord(), dir: Dir{"/d"}}
		p.config.Stdio = stdio
		for _, prop := range p.socketSpec().Properties {
			if got := fmt.Sprint(prop.Value); prop.Name == "Listen" && got != want {
				t.Errorf("%s: %s, want %s", stdio, got, want)
			}
		}
	}
}

func TestControllerOf(t *testing.T) {
	for key, want := range map[string]string{
		"MemoryMax": "memory", "CPUQuota": "cpu", "TasksMax": "pids", "AllowedCPUs": "cpuset", "IOWeight": "io",
		"MemoryDenyWriteExecute": "", "CPUSchedulingPolicy": "", "Nice": "", "": "",
	} {
		if got := controllerOf(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}
