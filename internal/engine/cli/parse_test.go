package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// noEnv is an empty environment.
func noEnv(string) string { return "" }

// parse parses a line of words separated by one space.
func parse(line string) (*Options, error) { return Parse("conmon", strings.Split(line, " "), noEnv) }

// exit returns the Exit that err is.
func exit(t *testing.T, err error) *Exit {
	t.Helper()
	var e *Exit
	if !errors.As(err, &e) {
		t.Fatalf("%v (%T) is no *Exit", err, err)
	}
	return e
}

// TestParse_Podman is a container's command line of podman 6, shortened.
func TestParse_Podman(t *testing.T) {
	o, err := parse("--api-version 1 -c ID -u ID -r /usr/bin/crun -b /b -p /r/pidfile -n a --exit-dir /run/exits" +
		" --persist-dir /run/persist/ID --full-attach -s -l journald --log-level warning --syslog" +
		" --runtime-arg --log-format=json --runtime-arg --log --runtime-arg=/r/oci-log --log-label A=b" +
		" --sdnotify-socket=/run/notify -i --timeout=30 --no-new-keyring --conmon-pidfile /r/conmon.pid" +
		" --exit-command /usr/bin/podman --exit-command-arg --network-config-dir --exit-command-arg  --exit-command-arg ID" +
		" --runtime-opt --preserve-fds --runtime-opt 2 --restore /b/checkpoint --restore-arg --tcp-close")
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.APIVersion, want.CID, want.CUUID, want.Runtime, want.Bundle, want.Name = 1, "ID", "ID", "/usr/bin/crun", "/b", "a"
	want.ContainerPIDFile, want.ConmonPIDFile = "/r/pidfile", "/r/conmon.pid"
	want.ExitDir, want.PersistDir = "/run/exits", "/run/persist/ID"
	want.FullAttach, want.SystemdCgroup, want.Syslog, want.Stdin, want.NoNewKeyring = true, true, true, true, true
	want.RuntimeArgs = []string{"--log-format=json", "--log", "/r/oci-log"}
	want.RuntimeOpts = []string{"--preserve-fds", "2", "--tcp-close"}
	want.LogLabels, want.SDNotifySocket, want.Timeout = []string{"A=b"}, "/run/notify", 30
	want.ExitCommand, want.ExitArgs = "/usr/bin/podman", []string{"--network-config-dir", "", "ID"}
	want.Restore, want.Unit, want.Priority = "/b/checkpoint", "auto", "stream"
	if d := cmp.Diff(want, o, cmpopts.IgnoreUnexported(Options{})); d != "" {
		t.Error(d)
	}
}

// TestParse_CRIO is a command line of CRI-O's ExecSync.
func TestParse_CRIO(t *testing.T) {
	o, err := parse("-c ID -n N -r /r -p /pid -e -l /log --socket-dir-path /var/run/crio --log-level info --sync" +
		" --log-global-size-max 16777216 -t -T 5 -s --exec-process-spec /spec --runtime-arg --root=/run/runc")
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.CID, want.Name, want.Runtime, want.ContainerPIDFile, want.ExecProcessSpec = "ID", "N", "/r", "/pid", "/spec"
	want.Exec, want.Sync, want.Terminal, want.SystemdCgroup = true, true, true, true
	want.LogLevel, want.LogGlobalSizeMax, want.Timeout = LevelInfo, 16777216, 5
	want.RuntimeArgs, want.Unit, want.Priority = []string{"--root=/run/runc"}, "auto", "stream"
	if d := cmp.Diff(want, o, cmpopts.IgnoreUnexported(Options{})); d != "" {
		t.Error(d)
	}
}

func TestParse_Failures(t *testing.T) {
	for line, want := range map[string]string{
		"-cx":                            "option parsing failed: Missing argument for -c",
		"-c x -T y":                      "option parsing failed: Cannot parse integer value “y” for -T",
		"--log-max-files 2147483648":     "option parsing failed: Integer value “2147483648” for --log-max-files out of range",
		"--log-max-files -1 --version=":  "", // the version comes first
		"--log-max-files -1":             "log-max-files must be non-negative, got -1",
		"--log-rotate --log-max-files 0": "log-max-files must be at least 1 when log-rotate is enabled, got 0",
		"--log-max-files 0":              "Container ID not provided. Use --cid",
		"-c x --unitmon-unit y":          `--unitmon-unit must be one of auto, stay, scope, service, got "y"`,
		"-c x --unitmon-priority y":      `--unitmon-priority must be one of stream, line, got "y"`,
	} {
		_, err := parse(line)
		e := exit(t, err)
		switch {
		case want == "" && (e.Code != 0 || e.Stderr != ""):
			t.Errorf("%q: %+v", line, e)
		case want != "" && (e.Code != 1 || e.Stdout != "" || e.Stderr != "conmon: "+want+"\n"):
			t.Errorf("%q: %+v, want %q", line, e, want)
		}
	}
}

func TestParse_Environment(t *testing.T) {
	env := map[string]string{}
	get := func(name string) string { return env[name] }
	for _, tt := range []struct {
		args, variable, unit, wrong string
	}{
		{"-c x", "", "auto", ""},
		{"-c x", "scope", "scope", ""},
		{"-c x --unitmon-unit service", "scope", "service", ""},
		{"-c x --unitmon-unit=", "scope", "scope", ""},
		{"-c x --unitmon-unit stay", "nonsense", "stay", ""},
		{"-c x", "nonsense", "", `conmon: $UNITMON_UNIT must be one of auto, stay, scope, service, got "nonsense"` + "\n"},
	} {
		env["UNITMON_UNIT"] = tt.variable
		o, err := Parse("conmon", strings.Split(tt.args, " "), get)
		if tt.wrong != "" {
			if e := exit(t, err); e.Stderr != tt.wrong {
				t.Errorf("%q: %+v", tt.args, e)
			}
			continue
		}
		if err != nil || o.Unit != tt.unit {
			t.Errorf("%q with %q: %+v, %v", tt.args, tt.variable, o, err)
		}
	}
	env = map[string]string{"UNITMON_PRIORITY": "line"}
	if o, err := Parse("conmon", []string{"-c", "x"}, get); err != nil || o.Priority != "line" {
		t.Errorf("$UNITMON_PRIORITY: %+v, %v", o, err)
	}
}

func TestParse_Version(t *testing.T) {
	_, err := parse("--version --zz-is-not-reached=")
	if e := exit(t, err); e.Code != 1 {
		t.Errorf("an unknown option after --version: %+v", e)
	}
	_, err = parse("--version")
	e := exit(t, err)
	lines := strings.Split(e.Stdout, "\n")
	if e.Code != 0 || e.Stderr != "" || len(lines) != 4 || lines[0] != "conmon version 2.2.1" ||
		!strings.HasPrefix(lines[1], "commit: ") || !strings.HasPrefix(lines[2], "unitmon ") || lines[3] != "" {
		t.Errorf("%+v", e)
	}
	if f := strings.Fields(e.Stdout); f[2] != "2.2.1" || f[4] == "" || len(f) < 7 {
		t.Errorf("fields %q", f)
	}
}

// TestParse_Help: callers look for some of these words, and a person wants
// every option.
func TestParse_Help(t *testing.T) {
	_, err := Parse("/usr/libexec/podman/conmon", []string{"-c", "x", "-?"}, noEnv)
	e := exit(t, err)
	if e.Code != 0 || e.Stderr != "" || !strings.HasPrefix(e.Stdout, "Usage:\n  conmon [OPTION…] - conmon utility\n") {
		t.Errorf("%+v", e)
	}
	words := []string{"journald", "--exec", "--log-global-size-max", "-h, --help", "--unitmon-unit", "UNITMON_PRIORITY"}
	conmon, own := Defaults().Table()
	for _, o := range append(conmon, own...) {
		if strings.Contains(e.Stdout, "--"+o.Long+" ") == o.Hidden {
			t.Errorf("--%s, hidden %v, in the help or not", o.Long, o.Hidden)
		}
		if (o.Help == "") != o.Hidden {
			t.Errorf("--%s is described by %q", o.Long, o.Help)
		}
	}
	for _, w := range words {
		if !strings.Contains(e.Stdout, w) {
			t.Errorf("no %s in the help", w)
		}
	}
}

// TestTable_Names: no name is there twice, and none is the help's.
func TestTable_Names(t *testing.T) {
	conmon, own := Defaults().Table()
	seen := map[string]bool{"help": true, "help-all": true, "h": true, "?": true}
	for _, o := range append(conmon, own...) {
		names := []string{o.Long}
		if o.Short != 0 {
			names = append(names, string(rune(o.Short)))
		}
		for _, n := range names {
			if seen[n] || n == "" {
				t.Errorf("option %q is there twice", n)
			}
			seen[n] = true
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"-l journald:42 --cid 1234567890123 --cuuid 42 --runtime /bin/true", "-c x --log-level TRACE --log-rotate",
		"--api-version=0 -itc x", "-cb A B", "-h", "--version", "-c x --log-max-files 0x7fffffff", "-c x -- -t --unitmon-unit=y",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		o, err := parse(line)
		if err == nil {
			if o.LogMaxFiles < 0 || o.Unit == "" || o.Priority == "" || o.LogLevel > LevelTrace {
				t.Fatalf("%q: %+v", line, o)
			}
			return
		}
		e := exit(t, err)
		if (e.Code == 0) != (e.Stdout != "") || (e.Code == 1) != (e.Stderr != "") {
			t.Fatalf("%q: %+v", line, e)
		}
		if e.Code == 1 && (!strings.HasPrefix(e.Stderr, "conmon: ") || !strings.HasSuffix(e.Stderr, "\n")) {
			t.Fatalf("%q: %q", line, e.Stderr)
		}
	})
}

// BenchmarkParse is a part of every start of a container.
func BenchmarkParse(b *testing.B) {
	args := strings.Split("--api-version 1 -c ID -u ID -r /usr/bin/crun -b /b -p /r/pidfile -n a --exit-dir /run/exits"+
		" --full-attach -s -l journald --log-level warning --syslog --runtime-arg --log-format=json --exit-command podman"+
		" --exit-command-arg a --exit-command-arg b --exit-command-arg c --exit-command-arg d", " ")
	for b.Loop() {
		if _, err := Parse("conmon", args, noEnv); err != nil {
			b.Fatal(err)
		}
	}
}
