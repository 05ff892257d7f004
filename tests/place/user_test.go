package place

import (
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/engine/place"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestUser_Register: the same with a user's own manager: from outside of it, from
// a scope of it, and from a user namespace in which the monitor is root, as
// podman's rootless ones are.
func TestUser_Register(t *testing.T) {
	u := kit.LookupUser(t, "alice")
	for name, line := range map[string][]string{
		"a": u.As(),
		"b": u.As("systemd-run", "--user", "--quiet", "--scope"),
		"c": u.As("unshare", "--user", "--map-root-user", "--mount"),
	} {
		for _, way := range []string{"bus", "private", "dead"} {
			id := id(name + way[:1])
			scope, _ := place.ScopeName(id)
			r := start(t, line, id, way)
			if r.Decision.Kind != place.Scope || r.Err != "" || !r.User || !r.After.User || r.After.Unit != scope {
				t.Errorf("%s by %s: %+v", name, way, r.word)
			}
			if want := "/user@" + u.UID + ".service/user.slice/" + scope; !strings.HasSuffix(r.After.Cgroup, want) {
				t.Errorf("%s by %s: it is in %s", name, way, r.After.Cgroup)
			}
			second := start(t, line, id, way, "describe")
			if second.Err != "" || second.After.Unit != scope {
				t.Errorf("%s by %s: the exec session's: %+v", name, way, second.word)
			}
			const want = "Slice=user.slice Delegate=yes Description=conmon of container web ("
			if got := u.Show(t, scope, "Slice", "Delegate", "Description"); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "): running, pid 77, log journald") {
				t.Errorf("%s by %s: %s", name, way, got)
			}
			second.end()
			r.end()
			u.Await(t, scope, "LoadState=not-found", "LoadState")
			noFiles(t, u.RuntimeDir()+"/systemd/transient", scope)
		}
	}
}

// TestUser_Stay: a health check's service, and podman's scope.
func TestUser_Stay(t *testing.T) {
	u := kit.LookupUser(t, "alice")
	id := id("aa")
	r := start(t, u.As("systemd-run", "--user", "--quiet", "--pipe", "--wait", "--collect", "--unit=health.service"), id, "describe")
	if r.Decision.Kind != place.Stay || r.Decision.Describe != "" || r.Before.Unit != "health.service" || !r.Before.User || r.After != r.Before {
		t.Errorf("%+v", r.word)
	}
	r.end()
	scope := "libpod-conmon-" + id + ".scope"
	r = start(t, u.As("systemd-run", "--user", "--quiet", "--scope", "--slice=user.slice", "--unit="+scope), id, "describe")
	if r.Decision.Kind != place.Stay || r.Decision.Describe != scope || r.Err != "" || r.After != r.Before {
		t.Errorf("%+v", r.word)
	}
	if got := u.Show(t, scope, "Description"); !strings.HasPrefix(got, "Description=conmon of container web (aa") {
		t.Error(got)
	}
	r.end()
	u.Await(t, scope, "LoadState=not-found", "LoadState")
}

// TestUser_None: without a manager a monitor is a plain process, and who asks
// all the same is told.
func TestUser_None(t *testing.T) {
	u := kit.LookupUser(t, "alice")
	r := start(t, append(u.As(), "XDG_RUNTIME_DIR="+u.Home), id("0a"), "force")
	if r.Decision.Kind != place.Plain || r.Facts.Reachable || !strings.Contains(r.Err, "no service manager answers") || r.After != r.Before {
		t.Errorf("%+v", r.word)
	}
}
