package engine

import (
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/engine/cli"
)

func TestRuntimeArgv(t *testing.T) {
	base := cli.Options{Runtime: "/rt", Bundle: "/b", CID: "id", ContainerPIDFile: "/p", ExecProcessSpec: "/spec"}
	all := func(o *cli.Options) {
		o.RuntimeArgs, o.RuntimeOpts = []string{"--root", "/r", ""}, []string{"--preserve-fds", "2"}
		o.SystemdCgroup, o.NoPivot, o.NoNewKeyring = true, true, true
	}
	for _, c := range []struct {
		name    string
		set     func(*cli.Options)
		console string
		want    string // "_" stands for an empty argument
	}{
		{"create", func(*cli.Options) {}, "", "/rt create --bundle /b --pid-file /p id"},
		{"create, terminal", func(*cli.Options) {}, "/c", "/rt create --bundle /b --pid-file /p --console-socket /c id"},
		{"create, cgroup", func(o *cli.Options) { o.SystemdCgroup = true }, "", "/rt --systemd-cgroup create --bundle /b --pid-file /p id"},
		{"create, pivot", func(o *cli.Options) { o.NoPivot = true }, "", "/rt create --bundle /b --pid-file /p --no-pivot id"},
		{"create, keyring", func(o *cli.Options) { o.NoNewKeyring = true }, "", "/rt create --bundle /b --pid-file /p --no-new-keyring id"},
		{
			"create, all", all, "/c",
			"/rt --systemd-cgroup --root /r _ create --bundle /b --pid-file /p --no-pivot --no-new-keyring --preserve-fds 2 --console-socket /c id",
		},
		{
			"restore, all", func(o *cli.Options) { all(o); o.Restore = "/ckpt" }, "/c",
			"/rt --systemd-cgroup --root /r _ restore --bundle /b --pid-file /p --no-pivot --no-new-keyring" +
				" --detach --image-path /ckpt --work-path /b --preserve-fds 2 --console-socket /c id",
		},
		{"exec", func(o *cli.Options) { o.Exec = true }, "", "/rt exec --pid-file /p --process /spec --detach id"},
		{
			"exec, all", func(o *cli.Options) { all(o); o.Exec = true }, "/c",
			"/rt --root /r _ exec --pid-file /p --process /spec --detach --preserve-fds 2 --console-socket /c id",
		},
	} {
		o := base
		c.set(&o)
		want := strings.ReplaceAll(c.want, " _ ", "  ")
		if got := strings.Join(runtimeArgv(&o, c.console), " "); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, want)
		}
	}
}
