package place

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Manager is a service manager, by the sockets that it is reached by.
type Manager struct {
	User    bool   // the user's own, not PID 1
	Bus     string // socket of the message bus
	Private string // the manager's own, which costs it twice the work; for when the bus is away
	booted  string // exists where the manager runs
}

// ManagerOf returns the manager that is the caller's: PID 1 for root, the user's
// own for others. env is os.Getenv.
//
// Who the caller is, its uid does not say: podman runs a rootless monitor in a
// user namespace, where it is 0. What counts is what that is outside.
// XDG_RUNTIME_DIR, which podman gives to root too, empty, names the user's
// directory, or else /run/user/UID does. DBUS_SESSION_BUS_ADDRESS is not looked
// at: it may be a bus that the manager is not on.
func ManagerOf(env func(string) string) Manager {
	uid := realUID()
	if uid == 0 {
		return Manager{
			Bus: "/run/dbus/system_bus_socket", Private: "/run/systemd/private",
			booted: "/run/systemd/system", // sd_booted(3)
		}
	}
	dir := env("XDG_RUNTIME_DIR")
	if !filepath.IsAbs(dir) {
		dir = fmt.Sprint("/run/user/", uid)
	}
	private := filepath.Join(dir, "systemd/private")
	return Manager{User: true, Bus: filepath.Join(dir, "bus"), Private: private, booted: private}
}

// Reachable reports whether the manager is there, by the files that it makes;
// it does not connect.
func (m Manager) Reachable() bool {
	if m.booted == "" {
		return m.Bus != "" || m.Private != ""
	}
	_, err := os.Stat(m.booted)
	return err == nil
}

// Slice is the one that podman puts its monitors into.
func (m Manager) Slice() string {
	if m.User {
		return "user.slice"
	}
	return "machine.slice"
}

// realUID is the caller's effective uid as PID 1 sees it, or as far up as
// /proc tells.
func realUID() uint32 {
	uid := uint32(os.Geteuid())
	if sameNamespace("user") {
		return uid
	}
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return uid
	}
	if outer, ok := mapped(string(text), uid); ok {
		return outer
	}
	return uid
}

// mapped translates a uid to the parent user namespace by the text of a
// /proc/PID/uid_map, user_namespaces(7).
func mapped(text string, uid uint32) (uint32, bool) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue
		}
		var n [3]uint64
		for i := range n {
			v, err := strconv.ParseUint(f[i], 10, 32)
			if err != nil {
				return 0, false
			}
			n[i] = v
		}
		if id := uint64(uid); id >= n[0] && id-n[0] < n[2] {
			return uint32(n[1] + id - n[0]), true
		}
	}
	return 0, false
}

// sameNamespace reports whether the caller is in PID 1's namespace of a kind.
// That it cannot be seen, as by other users than root, is a no.
func sameNamespace(kind string) bool {
	own, err := os.Readlink("/proc/self/ns/" + kind)
	if err != nil {
		return false
	}
	init, err := os.Readlink("/proc/1/ns/" + kind)
	return err == nil && own == init
}

// Look finds out the facts about the caller and m.
func Look(id string, m Manager, passthrough bool) Facts {
	return Facts{
		ID: id, User: m.User, Passthrough: passthrough,
		Reachable:  m.Reachable(),
		SameUsers:  os.Geteuid() == 0 && sameNamespace("user"),
		SameMounts: sameNamespace("mnt"),
	}
}
