package place_test

import (
	"fmt"

	"github.com/unitmon/unitmon/internal/engine/place"
)

// A monitor that podman has left in the session it was called from.
func ExampleDecide() {
	at := place.Place{Cgroup: "/user.slice/user-0.slice/session-3.scope", Unit: "session-3.scope"}
	facts := place.Facts{ID: "4f5e", Reachable: true, SameUsers: true}
	d := place.Decide(place.Auto, at, facts)
	fmt.Printf("%s: %s\n", d.Kind, d.Why)
	d = place.Decide(place.ServiceAlways, at, facts)
	fmt.Printf("%s, as %s\n", d.Kind, d.Sentence())
	// Output:
	// scope: session-3.scope is not the monitor's
	// scope, as the monitor has mounts of its own, or its mount namespace is not known
}

func ExampleStatus() {
	fmt.Println(place.Status{
		Name: "web", ID: "4f5e8a1c09b2d7e6", State: "running", PID: 4711, LogDriver: "journald",
	})
	// Output: conmon of container web (4f5e8a1c09b2): running, pid 4711, log journald
}
