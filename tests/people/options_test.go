package people

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

func TestName(t *testing.T) {
	long := strings.Repeat("a", 300)
	var slips []slip
	for name, want := range map[string]string{
		"a/b": `"a/b": "/" is not one of`, "..": `"..": it must begin with`, "a b": `"a b": " " is not one of`,
		"a\nb": `"a\nb": "\n" is not one of`, "\x1b[31m": `"\x1b[31m": it must begin with`, "a\x7f": `"a\x7f": "\x7f" is not one of`,
		long: `"` + long[:32] + `"...: it has 300 bytes, at most 64 are allowed`, "": `"": it is empty`, "relay-x": `"relay-x": "relay-" is for`,
		"ä": `"ä": it must begin with`, "a@b": `"a@b": "@" is not one of`, ".": `".": it must begin with`,
	} {
		slips = append(slips, slip{args: []string{"run", name, "--", "true"}, want: "invalid container name " + want})
		for _, verb := range []string{"stop", "kill", "rm", "logs"} {
			slips = append(slips, slip{args: []string{verb, name}, want: "invalid container name"})
		}
	}
	checkAll(t, slips)
}

func TestCommandLine(t *testing.T) {
	checkAll(t, []slip{
		{args: []string{"run"}, want: "no container named: unitmon run [options] NAME"},
		{args: []string{"run", "x"}, want: `container "x": no command given; if it is an image: unitmon has no images`},
		{args: []string{"run", "x", "--"}, want: `container "x": no command given`},
		{args: []string{"run", "x", "--", ""}, want: "the command is an empty string"},
		{args: run("--bogus"), want: "unknown flag: --bogus"},
		{args: []string{"nosuch"}, want: `unknown command "nosuch"`},
		{args: []string{"stop"}, want: "no container named: unitmon stop"},
		{args: []string{"logs", "a", "b"}, want: `more than 1 container named: "b"`},
		{args: []string{"kill", "-s", "FOO", "x"}, want: `signal "FOO": there is no such signal`},
		{args: []string{"stop", "x"}, want: "container x: no such container"},
		{args: []string{"kill", "x"}, want: "container x: no such container"},
		{args: []string{"rm", "x"}, want: "container x: no such container"},
		{args: []string{"launch", "x"}, want: "container x: no such container"},
		{args: []string{"begin", "x"}, want: "container x: no such container"},
		{args: []string{"reap", "x"}, want: "container x: no such container"},
	})
}

// TestPodman are slips of those who know another program.
func TestPodman(t *testing.T) {
	checkAll(t, []slip{
		{args: []string{"run", "-it", "alpine"}, want: `container "alpine": no command given`},
		{args: []string{"run", "--rm", "alpine", "sh"}, want: `--rm alpine: --rm is the default; "alpine" would be the container's name`},
		{args: []string{"run", "--name", "x", "alpine"}, want: "--name x: the name is the first argument"},
		{args: []string{"run", "--publish", "80:80", "alpine"}, want: "unknown flag: --publish: "},
		{args: []string{"run", "alpine"}, want: `container "alpine": no command given`},
		{args: []string{"run", "alpine:latest", "sh"}, want: `invalid container name "alpine:latest": ":" is not one of`},
		{args: []string{"run", "docker.io/alpine", "sh"}, want: `invalid container name "docker.io/alpine": "/" is not one of`},
	})
}

func TestOptions(t *testing.T) {
	checkAll(t, []slip{
		{args: run("--label", "foo"), want: `label "foo": it is not KEY=VALUE`},
		{args: run("--label", "=v"), want: "label: the key is empty"},
		{args: run("--label", "1=2"), want: `label 1: "1" is no journal field`},
		{args: run("--label", "message=2"), want: "label message: the journal field MESSAGE has a meaning of its own"},
		{args: run("--label", "container.name=2"), want: "label container.name: the journal field CONTAINER_NAME"},
		{args: run("--label", "a=b\nc"), want: "label a: the value has a newline"},
		{args: run("--label", "a="+strings.Repeat("v", 100000)), want: "labels and tag take"},
		{args: run("--tag", "a\nb"), want: "tag: the value has a newline"},
		{args: run("-e", "=x"), want: `environment "=x": the name is empty`},
		{args: run("--stop-signal", "FOO"), want: `stop signal "FOO" is no signal`},
		{args: run("--stop-timeout", "soon"), want: `stop timeout "soon"`},
		{args: run("--stop-timeout", "0"), want: "stop timeout 0s is not above 0"},
		{args: run("--stop-timeout=-5"), want: `stop timeout "-5"`},
		{args: run("--relay-idle", "x"), want: `relay idle time "x"`},
		{args: run("--slice", "foo"), want: `slice "foo" does not end in .slice`},
		{args: run("--restart", "maybe"), want: `restart "maybe" is none of no, always`},
		{args: run("--sdnotify", "yes"), want: `sdnotify "yes" is neither container nor unit`},
		{args: run("--stdio", "tty"), want: `stdio "tty" is neither fifo nor journal`},
		{args: run("--network", "bridge"), want: "--network bridge: unitmon makes no networks"},
		{args: run("--hostname", strings.Repeat("h", 65)), want: "65 bytes, at most 64 are possible"},
		{args: run("-w", "rel"), want: "working directory rel: not an absolute path"},
		{args: run("-u", "nouser"), want: "user nouser: no such user"},
		{args: run("-u", "root:nogroup9"), want: "user root:nogroup9: no group nogroup9"},
		{args: run("-u", "1:"), want: "user 1:: not of the form USER[:GROUP]"},
		{args: run("-u", "99999999999"), want: "user 99999999999: 99999999999 is not an id"},
		{args: run("-v", "/tmp"), want: "volume /tmp: not of the form SRC:DST"},
		{args: run("-v", "/nosuch:/x"), want: "volume /nosuch:/x: /nosuch: no such file or directory"},
		{args: run("-v", "rel:/tmp"), want: `volume rel:/tmp: "rel" is not an absolute path`},
		{args: run("-v", "/tmp:/tmp:zz"), want: `volume /tmp:/tmp:zz: unknown option "zz"`},
		{args: run("-v", "/tmp:/"), want: "volume /tmp:/: the root itself cannot be a volume"},
		{args: run("--bundle", "/tmp", "--rootfs", "/"), want: "a bundle and a root directory exclude each other"},
	})
}

func TestStreams(t *testing.T) {
	checkAll(t, []slip{
		{args: run("--leave-stdin-open"), want: "leave stdin open: there is none without --interactive"},
		{args: run("--stdio", "journal", "-i"), want: "stdio journal: there is no relay that could give the container a stdin"},
		{args: run("--stdio", "journal", "--log", "none"), want: "stdio journal: there is no relay that could give the container a log other than the journal"},
		{args: run("--stdio", "journal", "--log-policy", "drop"), want: "stdio journal: the container always waits for the journal"},
	})
	slip{args: run("-d", "--stdio", "journal", "-t"), want: "stdio journal: there is no relay that could give the container a terminal"}.check(t)
	for _, option := range []string{"-t", "-it"} {
		slip{args: run(option), want: "the input device is not a terminal: --tty needs one, or --detach"}.check(t)
	}
	terminal := bundle(t, `{"ociVersion":"1.0.2","process":{"args":["sh"],"cwd":"/","terminal":true},"root":{"path":"root"}}`)
	slip{args: run("--bundle", terminal), want: terminal + "/config.json: process.terminal: it is true: give the container a terminal (--tty)"}.check(t)
	kit.NothingLeft(t, "x")
	clean(t)
}

func TestLogs(t *testing.T) {
	plain := file(t, "plain", "", 0o644)
	dir := filepath.Dir(plain)
	checkAll(t, []slip{
		{args: run("--log", "journald"), want: `log "journald": the driver is none of journal, k8s-file:PATH, json-file:PATH, none`},
		{args: run("--log", "k8s-file"), want: `log "k8s-file": it needs a file: k8s-file:PATH`},
		{args: run("--log", "none:x"), want: `log "none:x": none has no path`},
		{args: run("--log", "none", "--log", "journal"), want: "log none: it excludes all others"},
		{args: run("--log", "journal", "--log", "journal"), want: "log journal: it is given twice"},
		{args: run("--log", "k8s-file:"+dir+"/a", "--log", "k8s-file:"+dir+"/b"), want: "log k8s-file: it is given twice"},
		{args: run("--log", "k8s-file:"+plain, "--log", "json-file:"+plain), want: "log json-file: " + plain + ": it is a file of log k8s-file"},
		{args: run("--log", "k8s-file:/nosuch/log"), want: "log k8s-file: directory /nosuch: no such file or directory"},
		{args: run("--log", "k8s-file:nosuch/log"), want: "/nosuch: no such file or directory"},
		{args: run("--log", "json-file:"+plain+"/log"), want: "log json-file: " + plain + ": not a directory"},
		{args: run("--log", "json-file:"+dir), want: "log json-file: " + dir + ": is a directory"},
		{args: run("--log", "json-file:/dev/null"), want: "log json-file: /dev/null: not a regular file"},
		{args: run("--log-max-size", "big"), want: `log max size: "big" is no size`},
		{args: run("--log-max-size", "1M"), want: "log max size 1M: there is no log file"},
		{args: run("--log-max-files", "3"), want: "log max files 3: without --log-max-size there is one"},
		{args: run("--log-max-files", "0", "--log-max-size", "1M"), want: `log max files "0": it is no number from 1 to 1000`},
		{args: run("--log-policy", "wait"), want: `log policy "wait" is neither block nor drop`},
		{args: run("--log-queue", "17M"), want: "log queue: 17825792 bytes are not between 1 and 16777216"},
		{args: run("--log-queue", "0"), want: "log queue: 0 bytes are not between 1 and 16777216"},
		{args: run("--log-queue", "-1"), want: `log queue: "-1" is no size`},
	})
	if text, err := os.ReadFile(plain); err != nil || len(text) != 0 {
		t.Errorf("the log file has %q, %v", text, err)
	}
}

func TestProperty(t *testing.T) {
	checkAll(t, []slip{
		{args: run("-p", "Nice"), want: `property "Nice": not KEY=VALUE`},
		{args: run("-p", "Foo=1"), want: "property Foo: unknown"},
		{args: run("-p", "Nice=abc"), want: `property Nice: "abc" is no number`},
		{args: run("-p", "Nice=99"), want: "property Nice of unitmon-x.service: Invalid Nice value: 99"},
		{args: run("-p", "MemoryMax=lots"), want: `property MemoryMax: "lots" is no size`},
		{args: run("-p", "OOMPolicy=what"), want: "property OOMPolicy of unitmon-x.service: Invalid OOMPolicy setting: what"},
		{args: run("-p", "Slice=nope"), want: "Invalid unit name 'nope'"},
	})
}

// TestProperty_Breaks: what would break the unit is refused before there is one.
func TestProperty_Breaks(t *testing.T) {
	var slips []slip
	for setting, why := range map[string]string{
		"Type=oneshot": "it is notify", "Type=simple": "it is notify", "NotifyAccess=none": "it is all", "Delegate=no": "it is yes",
		"KillMode=none": "it is mixed", "User=nobody": "the runtime is root's", "DynamicUser=yes": "the runtime is root's",
		"ExecStart=/bin/true": "it is unitmon launch", "ExecStart=": "it is unitmon launch", "ExecStopPost=": "emptied it lacks unitmon reap",
		"RootDirectory=/tmp": "the runtime needs the host's root", "RootImage=/x": "the runtime needs the host's root",
		"RemainAfterExit=yes": "the exit of the container", "StandardOutput=null": "LogDriver=",
	} {
		key, _, _ := strings.Cut(setting, "=")
		slips = append(slips,
			slip{args: run("-p", "Nice=1", "-p", setting), want: "property " + key + ": not possible here: " + why},
			slip{args: []string{"create", "-p", setting, "x", "--", "true"}, want: key + ": not possible here: " + why},
		)
	}
	checkAll(t, slips)
	wantAbsent(t, "/etc/unitmon/x")
}

// TestProperty_Stop: properties that options set too do no harm.
func TestProperty_Stop(t *testing.T) {
	got := kit.Unitmon(t, run("-p", "KillSignal=SIGINT", "-p", "TimeoutStopSec=5s", "-p", "ExecStopPost=/bin/true")...)
	if want := (kit.Result{}); got != want {
		t.Errorf("%+v", got)
	}
	kit.NothingLeft(t, "x")
}

// TestProperty_Create: create refuses what run refuses, and writes nothing.
func TestProperty_Create(t *testing.T) {
	create := func(setting string) []string { return []string{"create", "-p", setting, "x", "--", "true"} }
	checkAll(t, []slip{
		{args: create("Foo=1"), want: "property Foo: unknown (service)"},
		{args: create("Nice=abc"), want: `property Nice: "abc" is no number`},
		{args: create("Nice"), want: `property "Nice": not KEY=VALUE`},
	})
	wantAbsent(t, "/etc/unitmon/x")
	// A file has more settings than the bus.
	kit.OK(t, append([]string{"unitmon"}, create("SocketBindAllow=any")...)...)
	kit.OK(t, "rm", "-r", "/etc/unitmon/x")
	kit.OK(t, "systemctl", "daemon-reload")
}

func wantAbsent(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v, want none", path, err)
	}
}
