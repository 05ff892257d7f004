package container

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"sync"

	"github.com/unitmon/unitmon/unit"
)

// askers is how many containers are asked about at a time. The bus allows a
// connection 128 calls without an answer (max_replies_per_connection,
// dbus-daemon(1)), and more than a few gain nothing: there is one manager.
const askers = 16

// List returns the containers, by name: those that run or are about to, and with
// all also those that have ended, and those that are configured and not loaded.
//
// It asks the manager for little: two lists, and of each container the two or
// three properties that it does not know from there. The manager's answer with
// all properties of a unit takes more than a millisecond.
func List(ctx context.Context, m *unit.Conn, all bool) ([]Info, error) {
	list, relays, err := loaded(ctx, m)
	if err != nil {
		return nil, err
	}
	user := m.Manager() == unit.User
	if all {
		if list, err = withConfigured(list, user); err != nil {
			return nil, err
		}
	} else {
		list = slices.DeleteFunc(list, func(i Info) bool { return i.Ended() })
	}
	if err := complete(ctx, m, list, relays); err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(i Info) bool { return i.Name == "" }) // just gone
	slices.SortFunc(list, func(a, b Info) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Unit, b.Unit)) })
	return list, nil
}

// loaded are the container units and, by name, the relays that are loaded.
func loaded(ctx context.Context, m *unit.Conn) (list []Info, relays map[string]unit.Listed, err error) {
	units, err := m.List(ctx, unitPrefix+"*.service", fileService+"*.service", fileRelay+"*.service")
	if err != nil {
		return nil, nil, err
	}
	relays = make(map[string]unit.Listed)
	for _, u := range units {
		name, ok := NameOfUnit(u.Name)
		switch {
		case !ok:
			relays[u.Name] = u
		case u.LoadState != "not-found": // something refers to it, there is none
			list = append(list, Info{
				Name: name, Unit: u.Name, Configured: u.Name == FileUnits(name).Service,
				LoadState: u.LoadState, ActiveState: u.ActiveState, SubState: u.SubState,
			})
		}
	}
	return list, relays, nil
}

// withConfigured adds the containers that have a directory below ConfigRoot and
// are not loaded.
func withConfigured(list []Info, user bool) ([]Info, error) {
	names, err := ConfiguredNames(user)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !slices.ContainsFunc(list, func(i Info) bool { return i.Name == name && i.Configured }) {
			list = append(list, Info{Name: name, Unit: FileUnits(name).Service, Configured: true})
		}
	}
	return list, nil
}

// ConfiguredNames are the names of the directories below ConfigRoot that can be
// containers'; none if there is no such directory.
func ConfiguredNames(user bool) ([]string, error) {
	root, err := ConfigRoot(user)
	if err != nil {
		return nil, err
	}
	return namesIn(root)
}

// PresentNames are the names of the containers that run, or have ended and are
// kept, as the directories below Root tell without asking the manager; none if
// those are not the caller's to read.
func PresentNames(user bool) ([]string, error) {
	root, err := Root(user)
	if err != nil {
		return nil, err
	}
	return namesIn(root)
}

// namesIn are the names of dir's directories that CheckName allows.
func namesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && CheckName(e.Name()) == nil {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// complete asks for the rest of each container, of several at a time.
func complete(ctx context.Context, m *unit.Conn, list []Info, relays map[string]unit.Listed) error {
	next := make(chan *Info, len(list))
	for i := range list {
		next <- &list[i]
	}
	close(next)
	errs := make([]error, askers)
	var wait sync.WaitGroup
	for n := range askers {
		wait.Go(func() {
			for i := range next {
				if err := i.complete(ctx, m, relays); err != nil {
					errs[n] = err
					return
				}
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}
