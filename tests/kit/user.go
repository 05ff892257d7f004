package kit

import (
	"errors"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"strings"
	"testing"
)

// User is an ordinary user of the box, who has a manager of their own.
type User struct{ Name, UID, GID, Home string }

// LookupUser finds the user that the box was made with.
func LookupUser(t testing.TB, name string) User {
	t.Helper()
	u, err := osuser.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return User{name, u.Uid, u.Gid, u.HomeDir}
}

// RuntimeDir is the user's $XDG_RUNTIME_DIR.
func (u User) RuntimeDir() string { return "/run/user/" + u.UID }

// As makes args a command line that runs as the user, with the environment of
// a login and nothing of the caller's.
func (u User) As(args ...string) []string {
	return append([]string{
		"setpriv", "--reuid", u.UID, "--regid", u.GID, "--init-groups",
		"env", "-i", "-C", u.Home, "PATH=" + os.Getenv("PATH"), "HOME=" + u.Home, "USER=" + u.Name, "LOGNAME=" + u.Name,
		"XDG_RUNTIME_DIR=" + u.RuntimeDir(),
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + u.RuntimeDir() + "/bus",
	}, args...)
}

// Run is Run as the user.
func (u User) Run(t testing.TB, args ...string) Result {
	t.Helper()
	return Run(t, u.As(args...)...)
}

// OK is OK as the user.
func (u User) OK(t testing.TB, args ...string) string {
	t.Helper()
	return OK(t, u.As(args...)...)
}

// Unitmon runs "unitmon VERB --user-manager ARGS…" as the user.
func (u User) Unitmon(t testing.TB, verb string, args ...string) Result {
	t.Helper()
	return u.Run(t, append([]string{"unitmon", verb, "--user-manager"}, args...)...)
}

// Detach is Detach with the user's manager.
func (u User) Detach(t testing.TB, name string, args ...string) string {
	t.Helper()
	t.Cleanup(func() { u.Purge(t, name) })
	return strings.TrimSpace(u.OK(t, append([]string{"unitmon", "run", "--user-manager", "-d"}, args...)...))
}

// Purge is Purge with the user's manager.
func (u User) Purge(t testing.TB, name string) {
	t.Helper()
	for _, unit := range Units(name) {
		for _, verb := range [][]string{{"kill", "--signal=KILL"}, {"stop"}, {"reset-failed"}} {
			u.Run(t, append(append([]string{"systemctl", "--user"}, verb...), unit)...)
		}
	}
}

// Show is Show with the user's manager.
func (u User) Show(t testing.TB, unit string, props ...string) string {
	t.Helper()
	var list []string
	for _, p := range props {
		value := u.OK(t, "systemctl", "--user", "show", "--value", "-p", p, unit)
		list = append(list, p+"="+strings.TrimSuffix(value, "\n"))
	}
	return strings.Join(list, " ")
}

// Await is Await with the user's manager. That one tells of changes only while
// somebody has subscribed to them, which a monitor of the bus does not, and
// root is not let onto the user's bus: this program is run as the user, with
// FollowVerb.
func (u User) Await(t testing.TB, unit, want string, props ...string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	line := u.As(exe, FollowVerb)
	Until(t, exec.CommandContext(Context(t), line[0], line[1:]...), func() bool { return u.Show(t, unit, props...) == want })
}

// Messages is Messages from the user's journal.
func (u User) Messages(t testing.TB, matches ...string) []string {
	t.Helper()
	out := u.OK(t, append([]string{"journalctl", "--user", "--quiet", "--all", "--output=cat"}, matches...)...)
	if out == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}

// NothingLeft is NothingLeft with the user's manager.
func (u User) NothingLeft(t testing.TB, name string) {
	t.Helper()
	for _, unit := range Units(name) {
		u.Await(t, unit, "LoadState=not-found ActiveState=inactive", "LoadState", "ActiveState")
	}
	root := filepath.Join(u.RuntimeDir(), "unitmon")
	for _, path := range []string{filepath.Join(root, name), filepath.Join(root, "."+name+".new")} {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left (%v)", path, err)
		}
	}
	if found := cgroups(t, "unitmon-"+name+".service"); len(found) > 0 {
		t.Errorf("control groups are left: %s", found)
	}
}
