// Package oom tells when a container has met its memory limit and the kernel's
// OOM killer was needed: what an engine shows as "OOMKilled".
//
// In cgroup v2 that are the counters oom, oom_kill and oom_group_kill of
// memory.events and memory.events.local (the kernel's cgroup-v2.rst, "Memory
// Interface Files"), and a write event of inotify(7) for a change of any
// counter of these files. In cgroup v1 it is an eventfd(2) registered for
// memory.oom_control, and the counter oom_kill there (cgroup-v1/memory.rst).
//
// What was counted before the watch began is not the container's; a process that
// follows another one goes on from what that has seen (Seen, Resume). A cgroup may
// be removed at any time: systemd does it as soon as a scope is empty. Its
// counters are gone with it, and what an event after the last look meant is
// then reported as unknown (ErrUnknown).
package oom
