package conf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDropIns(t *testing.T) {
	const text = `[Unit]
After=unitmon@db.service
[Container]
Exec=true
Tag=50%%
Label="app=my web" b=2
LogDriver=k8s-file:/var/log/my logs/web.log
Volume=/srv/www:/www:ro
EnvironmentFile=env
Notify=yes
StopSignal=SIGINT
StopTimeout=1min
[Service]
Restart=on-failure
Environment=H=%H
`
	c, err := Read(testPath, []byte(text), Manager{})
	if err != nil {
		t.Fatal(err)
	}
	id := strings.Repeat("ab", 32)
	d := c.DropIns(id, false)
	const head = "# Made by unitmon-generator of " + testPath + "; changes here are lost.\n[Unit]\nSourcePath=" + testPath + "\n"
	if diff := cmp.Diff(head+`RequiresMountsFor=/etc/unitmon/web/env
RequiresMountsFor=/srv/www
RequiresMountsFor="/var/log/my logs"
After=unitmon@db.service
[Service]
KillSignal=SIGINT
TimeoutStopSec=1min
ExecStartPost=
Restart=on-failure
Environment=H=%H
`, d.Service); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(head+`[Service]
LogExtraFields=CONTAINER_ID=abababababab
LogExtraFields=CONTAINER_ID_FULL=`+id+`
LogExtraFields=CONTAINER_NAME=web
LogExtraFields=CONTAINER_TAG=50%%
LogExtraFields="APP=my web"
LogExtraFields=B=2
LogExtraFields=OBJECT_SYSTEMD_UNIT=unitmon@web.service
ReadWritePaths=-"/var/log/my logs"
`, d.Relay); diff != "" {
		t.Error(diff)
	}
	if u := c.DropIns(id, true).Relay; u != head+"[Service]\n" {
		t.Errorf("for a user's manager: %s", u)
	}
}

// TestID: the hash of a fixed machine is known, so that an ID never changes with
// a release; another machine, user or name has another.
func TestID(t *testing.T) {
	const machine = "0123456789abcdef0123456789abcdef"
	seen := map[string]string{}
	for _, k := range []struct {
		machine string
		uid     int
		name    string
	}{{machine, -1, "web"}, {machine, -1, "db"}, {machine, 0, "web"}, {machine, 1000, "web"}, {machine[1:] + "0", -1, "web"}} {
		id := ID(k.machine, k.uid, k.name)
		if len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" || seen[id] != "" {
			t.Errorf("%+v: %s, as %s", k, id, seen[id])
		}
		seen[id] = fmt.Sprint(k)
	}
	if got := ID(machine, -1, "web"); got != knownID {
		t.Errorf("%s, was %s", got, knownID)
	}
}

const knownID = "39086e7736765bf102e6d3094322ebd1315bf56d0398c6ec7e750bab5a6f8b56"

func ExampleRead() {
	_, err := Read("/etc/unitmon/web/container.conf", []byte("[Container]\nImage=alpine\nEnviroment=A=b\n"), Manager{})
	fmt.Println(err)
	// Output:
	// /etc/unitmon/web/container.conf:2: Image= is not possible here: there are no images and no pulls: unpack one and name its directory with Rootfs=, or give a bundle with Bundle=
	// /etc/unitmon/web/container.conf:3: Enviroment=: [Container] has no such key: is Environment= meant?
}
