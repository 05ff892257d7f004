package unitfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// userConfigure writes a container.conf of a user's.
func userConfigure(t *testing.T, u kit.User, name, text string) {
	t.Helper()
	u.OK(t, "sh", "-c", `mkdir -p ~/.config/unitmon/"$1" && printf '%s' "$2" >~/.config/unitmon/"$1"/container.conf`, "sh", name, text)
	u.OK(t, "systemctl", "--user", "daemon-reload")
	t.Cleanup(func() { userRemove(t, u, name) })
}

// userRemove removes a user's configured container by force.
func userRemove(t *testing.T, u kit.User, name string) {
	t.Helper()
	if t.Failed() {
		t.Log(u.Run(t, "journalctl", "--user", "--no-pager", "-n60").Stdout)
	}
	u.Run(t, "systemctl", "--user", "kill", "--signal=KILL", service(name))
	u.Run(t, "systemctl", "--user", "stop", service(name))
	u.OK(t, "sh", "-c", `rm -rf ~/.config/unitmon/"$1" ~/"$1".log`, "sh", name)
	u.OK(t, "systemctl", "--user", "daemon-reload")
}

// TestUser_Stdin: a user's container with a stdin and a log file in the home
// directory, enabled by its configuration.
func TestUser_Stdin(t *testing.T) {
	u := kit.LookupUser(t, "ann")
	userConfigure(t, u, "talk", `[Container]
Interactive=yes
LogDriver=json-file:%h/talk.log
LogDriver=journal
Label=app=talk
Tag=spoken
Environment=H=%h
Exec=/bin/sh -c 'echo in $H; while read x; do echo "got $x"; done; echo end'
[Install]
WantedBy=default.target
`)
	if got := u.OK(t, "systemctl", "--user", "show", "--value", "-p", "Wants", "default.target"); !strings.Contains(got, service("talk")) {
		t.Errorf("default.target wants %s", got)
	}
	u.OK(t, "systemctl", "--user", "start", service("talk"))
	u.OK(t, "sh", "-c", "echo one | unitmon attach --user-manager talk")
	u.Await(t, service("talk"), "ActiveState=inactive Result=success", "ActiveState", "Result")
	u.Await(t, socket("talk"), "ActiveState=inactive", "ActiveState")
	home := strings.TrimSpace(u.OK(t, "sh", "-c", "echo ~"))
	data, err := os.ReadFile(filepath.Join(home, "talk.log"))
	must(t, err)
	for _, want := range []string{`{"log":"in ` + home + `\n"`, `{"log":"got one\n"`, `{"log":"end\n"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the log lacks %s\n%s", want, data)
		}
	}
	got := u.OK(t, "journalctl", "--user", "-q", "-o", "cat", "CONTAINER_NAME=talk", "APP=talk", "CONTAINER_TAG=spoken")
	if !strings.HasSuffix(got, "in "+home+"\ngot one\nend\n") {
		t.Errorf("journal: %q", got)
	}
	if got := u.OK(t, "unitmon", "logs", "--user-manager", "talk"); !strings.Contains(got, "got one\n") {
		t.Errorf("unitmon logs after its end: %q", got)
	}
}

// TestUser_Terminal: a user's container with a terminal goes on when its relay
// is killed.
func TestUser_Terminal(t *testing.T) {
	u := kit.LookupUser(t, "ann")
	userConfigure(t, u, "screen", "[Container]\nTerminal=yes\nStopSignal=KILL\nExec=/bin/sh -c 'test -t 0 && echo is a terminal; exec sleep 1000'\n")
	u.OK(t, "unitmon", "start", "--user-manager", "screen")
	u.OK(t, "sh", "-c", `journalctl -q --user -f -n all -o cat CONTAINER_NAME=screen | grep -q -m 1 -F "is a terminal"`)
	was := u.OK(t, "systemctl", "--user", "show", "-p", "MainPID", service("screen"))
	u.OK(t, "systemctl", "--user", "kill", "--signal=KILL", relay("screen"))
	u.Await(t, relay("screen"), "ActiveState=active NRestarts=1", "ActiveState", "NRestarts")
	if is := u.OK(t, "systemctl", "--user", "show", "-p", "MainPID", service("screen")); is != was {
		t.Errorf("%s, was %s", is, was)
	}
	u.OK(t, "unitmon", "stop", "--user-manager", "screen")
	u.Await(t, socket("screen"), "ActiveState=inactive", "ActiveState")
}

// TestUser: a user's own manager.
func TestUser(t *testing.T) {
	u := kit.LookupUser(t, "ann")
	t.Cleanup(func() { userRemove(t, u, "mine") })
	r := u.Unitmon(t, "create", "--stop-signal", "KILL", "mine", "--", "/bin/sh", "-c", "echo it is mine; exec sleep 1000")
	if r.Code != 0 || r.Stdout != "unitmon@mine.service\n" {
		t.Fatalf("%+v", r)
	}
	if r := u.Unitmon(t, "verify"); r.Code != 0 || r.Stdout != "" {
		t.Errorf("verify: %+v", r)
	}
	u.OK(t, "systemctl", "--user", "start", service("mine"))
	u.Await(t, service("mine"), "ActiveState=active SubState=running", "ActiveState", "SubState")
	u.OK(t, "sh", "-c", `journalctl -q --user -f -n all -o cat CONTAINER_NAME=mine | grep -q -m 1 -F "it is mine"`)
	u.OK(t, "systemctl", "--user", "stop", service("mine"))
	u.Await(t, socket("mine"), "ActiveState=inactive", "ActiveState")
	if _, err := os.Lstat(u.RuntimeDir() + "/unitmon/mine"); err == nil {
		t.Error("the directory is left")
	}
}
