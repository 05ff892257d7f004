// Package rig starts a monitor as an engine does, and watches it: the pipes
// under descriptors 3, 4 and 5, the wait for the first process, the files, the
// attach socket, the exit. The monitor is Debian's conmon or the project's, the
// runtime is tests/conmon/cmd/faketool.
//
// The test process must be a subreaper (prctl(2)): it is then the parent that
// the monitor gets when the first process ends, and sees its exit status.
//
// Nothing here sleeps. What has to happen is waited for, up to [Patience]; what
// a monitor with a defect never does is waited for up to Monitor.Hope, which is
// short for conmon, because there is nothing to wait for, and Patience for
// ours.
package rig
