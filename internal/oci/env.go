package oci

import (
	"fmt"
	"slices"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// envList is an environment: KEY=VALUE entries, in the order in which they
// were first set.
type envList []string

// index is the place of key, or -1.
func (e envList) index(key string) int {
	return slices.IndexFunc(e, func(kv string) bool {
		k, _, _ := strings.Cut(kv, "=")
		return k == key
	})
}

func (e *envList) set(key, value string) {
	kv := key + "=" + value
	if i := e.index(key); i >= 0 {
		(*e)[i] = kv
		return
	}
	*e = append(*e, kv)
}

// apply sets entries KEY=VALUE, and KEY from environ if it is there.
func (e *envList) apply(entries, environ []string) error {
	for _, kv := range entries {
		key, value, ok := strings.Cut(kv, "=")
		if key == "" {
			return fmt.Errorf("environment %q: the name is empty", kv)
		}
		if !ok {
			i := envList(environ).index(key)
			if i < 0 {
				continue
			}
			_, value, _ = strings.Cut(environ[i], "=")
		}
		if err := checkText("environment", key+"="+value); err != nil {
			return err
		}
		e.set(key, value)
	}
	return nil
}

// Environ is env without what the manager says to the process that it starts,
// for the environment of a runtime: with NOTIFY_SOCKET a runtime waits in
// "start" for the container's READY=1, with LISTEN_FDS it takes descriptors to
// be its own (sd_notify(3), sd_listen_fds(3)). GOMAXPROCS is this program's,
// and runc is written in Go too. env itself is not changed.
func Environ(env []string) []string {
	return sys.Without(env, []string{
		"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
		"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID", "GOMAXPROCS",
	})
}
