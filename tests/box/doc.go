// Package box boots a private systemd for tests: a real PID 1 with journald,
// D-Bus and logind, in fresh namespaces over a throwaway overlay of the
// machine's own root directory. What runs in it sees the machine's files;
// what it writes is gone when the box is closed.
//
// A test package that needs systemd says so once:
//
//	func TestMain(m *testing.M) {
//		box.Main(m, box.Options{Programs: []string{"./cmd/unitmon"}})
//	}
//
// Its tests then run inside a box, as root, in a scope unit of the box's own
// manager, with the programs on PATH. Tests that want to look at a box from
// outside use [Boot], [Box.Run] and [Box.Close].
//
// # Who keeps what
//
// Three processes stand behind a box; all of them are this same executable,
// started again with the variable that [Stage] looks for.
//
//   - The keeper owns the box: its control group, its PID 1, its scratch
//     directories. It holds a socket to the process that called Boot. When
//     that process closes it, or dies in any way, the keeper kills PID 1 (and
//     with it every process of the box), removes the control groups and ends.
//     It is in a session of its own, so that a signal from the terminal does
//     not reach it.
//   - init is born in the new namespaces, mounts what a machine has mounted,
//     and becomes PID 1 by executing systemd. It dies with the keeper
//     (PR_SET_PDEATHSIG).
//   - enter is born once per program run in the box: it registers itself as a
//     scope unit, takes the user's identity and executes the program. It is a
//     child of the process that called Run, which so gets the true status.
//
// How soon a killed test's box is gone depends on the machine's PID 1: the
// kernel ends a pid namespace only when its last process has been reaped, and
// those that Run started are then PID 1's to reap.
//
// A keeper that is itself killed leaves no process, and its control groups
// are removed by Close or, at the latest, by the next Boot on the machine.
//
// # What a box needs
//
// Root with CAP_SYS_ADMIN, Linux 5.14 with overlayfs and cgroup v2, and the
// Debian packages that hack/setup installs. PID 1 of the machine may be
// anything: where it is systemd, the box lives in a delegated scope; where it
// is not, in a control group below the caller's own; where cgroup v2 is not
// mounted at all, the keeper mounts it for itself. What the machine does not
// give, such as the memory controller, [Lacks] reports.
package box
