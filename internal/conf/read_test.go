package conf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const testPath = "/etc/unitmon/web/container.conf"

func TestRead(t *testing.T) {
	const text = `
[Unit]
Description=The web server
After=unitmon@db.service
[Container]
X-Anything=ignored
Rootfs=root
Exec=httpd -f "-h a b" %i 100%%
Environment=A=1 "B=two words"
Environment=C=3
EnvironmentFile=env
EnvironmentFile=-/missing
User=www
Group=www
Volume=/srv/%i:/srv:ro
Tmpfs=/tmp
ReadOnly=yes
NoNewPrivileges=false
AddCapability=net_admin CAP_KILL
DropCapability=all
Label=app=web "com.example=x y"
Annotation=a=b
LogDriver=journald
LogDriver=k8s-file:/var/log/%i.log
LogMaxSize=10M
StopSignal=SIGINT
RuntimeArg=--debug
RuntimeArg=
Tag=t
[Service]
Restart=on-failure
[Install]
WantedBy=multi-user.target %i.target
[X-Other]
whatever=1
`
	c, err := Read(testPath, []byte(text), Manager{})
	if err != nil {
		t.Fatal(err)
	}
	type part struct {
		Name, Rootfs, User, Group, Stop, Tag, Size           string
		Args, Env, Volumes, Tmpfs, Add, Drop, Logs, RT, Inst []string
		ReadOnly, NNP                                        Bool
		Labels, Annotations                                  map[string]string
		Files                                                []EnvFile
	}
	got := part{
		c.Name, c.Rootfs, c.User, c.Group, c.StopSignal, c.Tag, c.LogMaxSize, c.Args, c.Env, c.Volumes, c.Tmpfs, c.AddCaps, c.DropCaps,
		c.Logs, c.RuntimeArgs, c.WantedBy(), c.ReadOnly, c.NoNewPrivileges, c.Labels, c.Annotations, c.EnvFiles,
	}
	want := part{
		"web", "/etc/unitmon/web/root", "www", "www", "SIGINT", "t", "10M",
		[]string{"httpd", "-f", "-h a b", "web", "100%"},
		[]string{"A=1", "B=two words", "C=3"},
		[]string{"/srv/web:/srv:ro"},
		[]string{"/tmp"},
		[]string{"CAP_NET_ADMIN", "CAP_KILL"},
		[]string{"all"},
		[]string{"journal", "k8s-file:/var/log/web.log"},
		nil,
		[]string{"multi-user.target", "web.target"},
		Yes, No,
		map[string]string{"app": "web", "com.example": "x y"},
		map[string]string{"a": "b"},
		[]EnvFile{{"/etc/unitmon/web/env", false}, {"/missing", true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c.Line("Tag") != 29 {
		t.Errorf("Tag= is in line %d", c.Line("Tag"))
	}
}

func TestRead_Errors(t *testing.T) {
	for line, want := range map[string]string{
		"Enviroment=a=b":                        ":2: Enviroment=: [Container] has no such key: is Environment= meant?",
		"Qqqqqq=1":                              ":2: Qqqqqq=: [Container] has no such key: unitmon.conf(5) lists them",
		"Image=alpine":                          ":2: Image= is not possible here: there are no images and no pulls",
		"ContainerName=x":                       ":2: ContainerName= is not possible here: the name is the directory's",
		"PublishPort=80":                        ":2: PublishPort= is not possible here: there are no container networks",
		"ReadOnly=maybe":                        `:2: ReadOnly=: "maybe" is neither yes nor no`,
		"Network=bridge":                        `:2: Network=: "bridge" is none of host, none`,
		`Exec="a`:                               ":2: Exec=: a quote is not closed",
		"Tag=%q":                                ":2: Tag=: specifier %q: only",
		"Tag=50%":                               `:2: Tag=: a single "%" at the end`,
		"Environment=AB":                        ":2: Environment=: item 1 is not NAME=VALUE",
		"Label=priority=1":                      ":2: Label=: label priority: the journal field PRIORITY has a meaning",
		"LogDriver=passthrough":                 ":2: LogDriver=: passthrough: not possible",
		"[Service]\nType=simple":                ":3: Type= is not possible here: it is notify",
		"[Service]\nUser=x":                     ":3: User= is not possible here: the runtime is root's",
		"[Install]\nAlias=x":                    ":3: Alias= is not possible here: an instance",
		"[Install]\nWantedBy=/x":                `:3: WantedBy=: "/x" is no unit`,
		"[Install]\nWantedBy=multi-user.traget": `:3: WantedBy=: "multi-user.traget" is no unit`,
		"[Install]\nFoo=x":                      ":3: Foo=: [Install] has no such key",
		"[Service]\nExecStartPost=":             ":3: ExecStartPost= is not possible here: emptied it lacks unitmon begin",
		"[Service]\nExecStopPost=":              ":3: ExecStopPost= is not possible here: emptied it lacks unitmon reap",
		"[Service]\nTimeoutSec=1":               ":3: TimeoutSec= is not possible here: TimeoutStartSec= and StopTimeout=",
		"[Quadlet]\nA=b":                        ":3: section [Quadlet] is none of",
	} {
		_, err := Read(testPath, []byte("[Container]\n"+line+"\n"), Manager{})
		if err == nil || !strings.HasPrefix(err.Error(), testPath+want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := func(files map[string]string) string {
		d := filepath.Join(t.TempDir(), "web")
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(d, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return d
	}
	plain := dir(map[string]string{BundleName: "{}"})
	if c, err := Load(plain, Manager{}); err != nil || c.Bundle != plain || c.Name != "web" {
		t.Errorf("plain bundle: %+v, %v", c, err)
	}
	both := dir(map[string]string{BundleName: "{}", FileName: "[Container]\nTag=x\n"})
	if c, err := Load(both, Manager{}); err != nil || c.Bundle != both || c.Tag != "x" {
		t.Errorf("both: %+v, %v", c, err)
	}
	if c, err := Load(dir(nil), Manager{}); err == nil || c != nil || !strings.Contains(err.Error(), "neither a container.conf nor a config.json") {
		t.Errorf("nothing: %+v, %v", c, err)
	}
	if _, err := Load(dir(map[string]string{FileName: "[Container]\n"}), Manager{}); err == nil || !strings.Contains(err.Error(), "there is no command") {
		t.Errorf("no command: %v", err)
	}
	half := dir(map[string]string{FileName: "[Container]\nImage=x\nExec=true\n[Install]\nWantedBy=a.target\n"})
	if c, err := Load(half, Manager{}); err == nil || len(c.WantedBy()) != 1 {
		t.Errorf("with an error: %+v, %v", c, err)
	}
}

func TestParseEnvFile(t *testing.T) {
	got, err := ParseEnvFile("e", []byte("# c\nA=1\n B = \"two words\" \nC=\nD='x'\n"))
	if diff := cmp.Diff([]string{"A=1", "B=two words", "C=", "D=x"}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for text, want := range map[string]string{"A\n": "e:1: it is not NAME=VALUE", "\nA='x": "e:2: A=: a quote", "A='x' y": "e:1: A=: there is text after"} {
		if _, err := ParseEnvFile("e", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// FuzzRead: whatever is in the file, a drop-in is text that parses, with no line
// of it in [Container] and no newline from a value.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"[Container]\nExec=true\nTag=a%%b\nLabel=\"a=x y\"\nLogDriver=k8s-file:/a b/c\n", "[Service]\nRestart=no\n[Unit]\nAfter=a\\\nb", "[Service]\nA=b\\ \nC=d\re\n",
		"[Container]\nLabel=a=\\x0aExecStart=/bin/sh\n", "[Container]\nStopSignal=%%\nTag=\n[Install]\nWantedBy=a.b", "[Container]\nUser=%h",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, _ := Read(testPath, text, Manager{})
		d := c.DropIns(strings.Repeat("0", 64), false)
		for _, s := range []string{d.Service, d.Relay} {
			list, err := Parse("drop-in", []byte(s))
			if err != nil {
				t.Fatalf("%v\n%s", err, s)
			}
			for _, e := range list {
				if e.Section != "Unit" && e.Section != "Service" {
					t.Errorf("[%s] %s=%s", e.Section, e.Key, e.Value)
				}
				if refusedService[e.Key] != "" && e.Section == "Service" && e.Key != "KillSignal" && e.Key != "TimeoutStopSec" {
					t.Errorf("%s=%s", e.Key, e.Value)
				}
			}
		}
	})
}
