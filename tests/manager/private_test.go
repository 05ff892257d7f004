package manager

import (
	"slices"
	"testing"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// The manager says the same by its private socket and by the bus.
func TestDialPrivate(t *testing.T) {
	kit.Detach(t, "private", "private", "--", "/bin/sleep", "infinity")
	kit.Await(t, service("private"), "SubState=running", "SubState")
	var lists [2][]string
	for i, dial := range []func() (*unit.Conn, error){
		func() (*unit.Conn, error) { return unit.Dial(kit.Context(t), unit.System) },
		func() (*unit.Conn, error) { return unit.DialPrivate(kit.Context(t), unit.System) },
	} {
		m, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = m.Close() }()
		if m.Private() != (i == 1) {
			t.Errorf("connection %d: private is %t", i, m.Private())
		}
		list, err := container.List(kit.Context(t), m, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			lists[i] = append(lists[i], c.Name+" "+c.State()+" "+c.Since.String())
		}
	}
	if len(lists[0]) == 0 || !slices.Equal(lists[0], lists[1]) {
		t.Errorf("by the bus %q, by the private socket %q", lists[0], lists[1])
	}
}
