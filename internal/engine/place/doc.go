// Package place finds out in which unit a monitor is, decides whether that is
// its place, registers it as a scope where it has none, and describes the scope
// it is in to who looks at it with systemctl.
//
// The engine comes first. A monitor never leaves a unit that was made for it
// (libpod-conmon-ID.scope of podman, crio-conmon-ID.scope of CRI-O), nor the
// cgroup of a service: a service's main process has to be in its cgroup, and
// KillMode= counts on it. Where a monitor is, is judged by its control group.
// Environment variables do not tell: engines pass on those of the unit that
// they are in themselves.
//
// What a scope is not: it has no exit code, no status line, no restart, no
// file descriptor store (systemd.scope(5)). It gives the monitor a cgroup, a
// name, properties, and a description.
//
// Nothing here is needed for a container to run. Every error is harmless: the
// monitor stays where it is.
package place
