// Package unit starts, watches and stops systemd units over D-Bus: transient
// services, sockets and scopes above all, as described in
// org.freedesktop.systemd1(5).
//
// A Conn is one connection to one manager. What it promises beyond the bus:
//
//   - A Job's result is never missed: the signal is asked for before the call
//     that makes the job.
//   - A Watch tells a unit's present state and then its changes, the latest
//     only: it holds one state, however slow its reader.
//   - Both survive daemon-reload, daemon-reexec and the loss of the bus: the
//     next wait dials again, takes up where the old connection was, and
//     reads what it could not have been told. Nothing is retried by time.
//   - Calls that only read are repeated when the connection was lost under
//     them. Calls that change something are not, but for StopUnit and
//     ResetFailed, which may be: they fail with ErrDisconnected, and the
//     caller asks State what happened.
//
// The package does not log, holds no global state and needs systemd 252 or
// later; what is newer says so where it is described.
package unit
