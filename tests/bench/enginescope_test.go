package bench

import (
	"errors"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/unitmon/unitmon/tests/kit"
)

// slice is where podman's monitors are, and ours that are scopes.
const slice = "machine.slice"

// property is one of StartTransientUnit's.
type property struct {
	Name  string
	Value dbus.Variant
}

// engineScope makes a scope for a process and waits for the job, as podman does
// it: with the properties of moveConmonToCgroupAndSignal(), and by
// github.com/coreos/go-systemd, which has two connections, one for calls and one
// for signals. It returns the CPU time that this process has spent on it.
func engineScope(tb testing.TB, unit string, pid int) time.Duration {
	tb.Helper()
	before := ownCPU(tb)
	calls, signals := privateBus(tb), privateBus(tb)
	err := signals.AddMatchSignal(dbus.WithMatchInterface("org.freedesktop.systemd1.Manager"), dbus.WithMatchMember("JobRemoved"))
	if err != nil {
		tb.Fatal(err)
	}
	ends := make(chan *dbus.Signal, 64)
	signals.Signal(ends)
	var job dbus.ObjectPath
	manager := calls.Object("org.freedesktop.systemd1", "/org/freedesktop/systemd1")
	err = manager.CallWithContext(kit.Context(tb), "org.freedesktop.systemd1.Manager.StartTransientUnit", 0, unit, "replace", []property{
		{"Slice", dbus.MakeVariant(slice)},
		{"PIDs", dbus.MakeVariant([]uint32{uint32(pid)})},
		{"Delegate", dbus.MakeVariant(true)},
		{"DefaultDependencies", dbus.MakeVariant(false)},
	}, []struct {
		Name       string
		Properties []property
	}{}).Store(&job)
	if err != nil {
		tb.Fatalf("start %s: %v", unit, err)
	}
	awaitJob(tb, ends, job)
	if err := errors.Join(calls.Close(), signals.Close()); err != nil {
		tb.Fatal(err)
	}
	return ownCPU(tb) - before
}

// awaitJob waits for the signal that a job has ended, which must have gone well.
func awaitJob(tb testing.TB, ends chan *dbus.Signal, job dbus.ObjectPath) {
	tb.Helper()
	ctx := kit.Context(tb)
	for {
		select {
		case <-ctx.Done():
			tb.Fatalf("job %s does not end", job)
		case s := <-ends:
			if len(s.Body) < 4 || s.Body[1] != job {
				continue
			}
			if s.Body[3] != "done" {
				tb.Fatalf("job %s: %s", job, s.Body[3])
			}
			return
		}
	}
}

// privateBus is a connection of its own to the system's bus.
func privateBus(tb testing.TB) *dbus.Conn {
	tb.Helper()
	bus, err := dbus.ConnectSystemBus()
	if err != nil {
		tb.Fatal(err)
	}
	return bus
}
