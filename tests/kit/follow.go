package kit

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// FollowVerb is the argument with which the TestMain of a package that uses
// User.Await must call Follow.
const FollowVerb = "follow-manager"

// manager is the name of a service manager on its bus.
const manager = "org.freedesktop.systemd1"

// Follow writes a line for everything that the caller's own manager tells,
// until it is killed or the bus ends. It returns an exit code.
func Follow() int {
	if err := follow(context.Background()); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func follow(ctx context.Context) error {
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return err
	}
	defer func() { _ = bus.Close() }()
	signals := make(chan *dbus.Signal, 64)
	bus.Signal(signals)
	for _, sender := range []string{"org.freedesktop.DBus", manager} {
		if err := bus.AddMatchSignal(dbus.WithMatchSender(sender)); err != nil {
			return err
		}
	}
	for bus.Object(manager, "/org/freedesktop/systemd1").Call(manager+".Manager.Subscribe", 0).Err != nil {
		<-signals // it is just coming to the bus
	}
	fmt.Println("subscribed")
	for s := range signals {
		fmt.Println(s.Name, s.Path)
	}
	return nil
}
