//go:build !unitmon_faults

package container

// step marks a step of Launch, Begin or Reap. A build with the tag
// unitmon_faults stops there when it is told to, so that a test can kill the
// process at exactly that place.
func step(string) {}
