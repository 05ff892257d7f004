package unit

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/godbus/dbus/v5"
)

// link is one connection to the bus or to the private socket. A Conn has one
// at a time.
type link struct {
	bus     *dbus.Conn
	private bool
	hub     *hub
	owner   atomic.Value // string: the manager's unique name, "" while it is away

	mu      sync.Mutex
	matches map[string]int // rules in force, with how many want them; guarded by mu
	watched bool           // subscribed, and told of the manager's coming and going
}

// handshake authenticates and makes sure that a manager listens.
//
// No identity is claimed: the peer takes it from the socket's credentials,
// which is right also in a user namespace, where our own idea of it is not.
func (l *link) handshake(ctx context.Context) error {
	if err := l.bus.Auth([]dbus.Auth{dbus.AuthExternal("")}); err != nil {
		return err
	}
	if l.private {
		return l.greet(ctx)
	}
	if err := l.bus.Hello(); err != nil {
		return err
	}
	owned, err := l.managed(ctx)
	if err == nil && !owned {
		return errors.New("nobody owns " + busName)
	}
	return err
}

// greet makes the first call to a private socket. The manager reads at most
// handshakeRead bytes at once while it authenticates (bus_socket_read_auth() in
// systemd's bus-socket.c), and what it so gets of a first call together with the
// end of the handshake it looks at only when more comes: a short first call may
// never be answered. This one is longer. Seen on 252.
func (l *link) greet(ctx context.Context) error {
	const handshakeRead = 256
	call := l.bus.Object(busName, managerObj).CallWithContext(ctx, callPing, dbus.FlagNoAutoStart,
		strings.Repeat(".", 4*handshakeRead))
	var refusal dbus.Error // of the argument, which Ping does not have
	if err := call.Err; err != nil && !errors.As(err, &refusal) {
		return converted(err)
	}
	return nil
}

func (l *link) alive() bool { return l.bus.Connected() }

// lost is closed when the connection has ended.
func (l *link) lost() <-chan struct{} { return l.bus.Context().Done() }

func (l *link) close() error { return l.bus.Close() }

// managed reports whether a manager is on the bus now, and remembers who it is.
func (l *link) managed(ctx context.Context) (bool, error) {
	if l.private {
		return true, nil
	}
	var owner string
	err := converted(l.driver(ctx, callNameOwner, busName).Store(&owner))
	l.owner.Store(owner)
	var ce *CallError
	if errors.As(err, &ce) && ce.Name == errNoOwner {
		return false, nil
	}
	return err == nil, err
}

// fromManager reports whether a signal's sender is the manager. Any client of
// a bus can send a signal to any other; match rules do not keep those out.
func (l *link) fromManager(sender string) bool {
	return l.private || (sender != "" && sender == l.owner.Load())
}

// driver calls the bus itself.
func (l *link) driver(ctx context.Context, method string, args ...any) *dbus.Call {
	return l.bus.Object(busDriver, busDriverObj).CallWithContext(ctx, method, dbus.FlagNoAutoStart, args...)
}

// call calls the manager and stores what it answers.
func (l *link) call(ctx context.Context, obj dbus.ObjectPath, method string, args []any, results ...any) error {
	_, err := l.callSeq(ctx, obj, method, args, results...)
	return err
}

// callSeq is call that also tells where the answer stood among the signals.
func (l *link) callSeq(ctx context.Context, obj dbus.ObjectPath, method string, args []any, results ...any) (dbus.Sequence, error) {
	call := l.bus.Object(busName, obj).CallWithContext(ctx, method, dbus.FlagNoAutoStart, args...)
	if call.Err != nil {
		return 0, converted(call.Err)
	}
	return call.ResponseSequence, store(call.Body, results)
}

// store is dbus.Store, but keeps the types of properties, which that makes
// anew from their Go values: structs would become lists of variants.
func store(body, results []any) error {
	if len(body) == 1 && len(results) == 1 {
		props, ok1 := body[0].(map[string]dbus.Variant)
		to, ok2 := results[0].(*map[string]dbus.Variant)
		if ok1 && ok2 {
			*to = props
			return nil
		}
	}
	return dbus.Store(body, results...)
}

// subscribe makes the manager send signals and the bus tell of its coming and
// going. It is done once per link.
func (l *link) subscribe(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watched {
		return nil
	}
	if !l.private { // a private connection is subscribed from birth
		if err := l.driver(ctx, callAddMatch, matchOwner).Err; err != nil {
			return converted(err)
		}
		if err := l.call(ctx, managerObj, callSubscribe, nil); err != nil && !alreadySubscribed(err) {
			return err
		}
		if _, err := l.managed(ctx); err != nil { // it may have changed unseen
			return err
		}
	}
	l.watched = true
	return nil
}

func alreadySubscribed(err error) bool {
	var ce *CallError
	return errors.As(err, &ce) && ce.Name == errSubscribed
}

// addMatches puts rules in force, counting those that already are.
func (l *link) addMatches(ctx context.Context, rules []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.matches == nil {
		l.matches = map[string]int{}
	}
	for i, rule := range rules {
		if l.matches[rule] == 0 && !l.private {
			if err := l.driver(ctx, callAddMatch, rule).Err; err != nil {
				l.dropMatches(rules[:i])
				return converted(err)
			}
		}
		l.matches[rule]++
	}
	return nil
}

// removeMatches takes rules back. It does not wait for the bus.
func (l *link) removeMatches(rules []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dropMatches(rules)
}

// dropMatches is removeMatches with mu held.
func (l *link) dropMatches(rules []string) {
	for _, rule := range rules {
		if l.matches[rule] == 0 {
			continue
		}
		if l.matches[rule]--; l.matches[rule] > 0 {
			continue
		}
		delete(l.matches, rule)
		if !l.private && l.alive() {
			l.bus.Object(busDriver, busDriverObj).Go(callRemoveMatch, dbus.FlagNoReplyExpected, nil, rule)
		}
	}
}

// DeliverSignal implements dbus.SignalHandler: godbus calls it on its reading
// goroutine, in order, and waits for it, so it must not block. It queues
// nothing.
func (l *link) DeliverSignal(iface, member string, s *dbus.Signal) {
	l.hub.deliver(l, iface, member, s)
}
