package people

import (
	"strings"
	"testing"
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
		{args: []string{"run", "x"}, want: `container "x": no command given: unitmon run [options] NAME -- COMMAND`},
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
		{args: []string{"run", "-it", "alpine"}, want: "unknown shorthand flag: 'i' in -it: live stdin is not supported"},
		{args: []string{"run", "-t", "alpine"}, want: "unknown shorthand flag: 't' in -t: terminals are not supported"},
		{args: []string{"run", "--rm", "alpine", "sh"}, want: "unknown flag: --rm: it is the default"},
		{args: []string{"run", "--name", "x", "alpine"}, want: "unknown flag: --name: the name is the first argument"},
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
		{args: run("--network", "bridge"), want: "network bridge: neither host nor none"},
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

func TestProperty(t *testing.T) {
	checkAll(t, []slip{
		{args: run("-p", "Nice"), want: `property "Nice": not KEY=VALUE`},
		{args: run("-p", "Foo=1"), want: "property Foo: unknown"},
		{args: run("-p", "Nice=abc"), want: `property Nice: "abc" is no number`},
		{args: run("-p", "Nice=99"), want: "property Nice of unitmon-x.service: Invalid Nice value: 99"},
		{args: run("-p", "MemoryMax=lots"), want: `property MemoryMax: "lots" is no size`},
		{args: run("-p", "KillMode=what"), want: "property KillMode of unitmon-x.service: Invalid KillMode setting: what"},
		{args: run("-p", "Slice=nope"), want: "Invalid unit name 'nope'"},
	})
}
