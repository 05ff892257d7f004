package place

import (
	"errors"
	"fmt"
	"time"

	"github.com/unitmon/unitmon/internal/engine/place/bus"
	"github.com/unitmon/unitmon/internal/sys"
)

// Patience is how long a monitor waits for a manager before it goes on without.
const Patience = 5 * time.Second

var (
	// ErrNoManager: no way to the manager was open, or it left while it was asked.
	ErrNoManager = errors.New("no service manager answers")
	// ErrTimeout: the manager did not answer in time. It may do it yet.
	ErrTimeout = errors.New("the service manager takes too long")
)

// Request is something that a manager was asked for and that it has not done
// yet. Nothing of it blocks but Wait. It belongs to whoever asked, who must
// Close it, and serves one goroutine.
type Request struct {
	what   string // for errors
	talk   conversation
	routes []route // not tried yet
	tried  error   // what became of those that were
	poll   *sys.Poll
	conn   *bus.Conn
	socket string // that conn goes to
}

// route is one way to a manager.
type route struct {
	socket  string
	private bool
}

// conversation is what is said on a connection. It can begin again on another
// one.
type conversation interface {
	begin(*bus.Conn)
	// hear takes a message that answers a call or is a signal.
	hear(*bus.Conn, bus.Message) (done bool, err error)
}

// ask begins a conversation on the first route that is open.
func (m Manager) ask(what string, talk conversation) (*Request, error) {
	poll, err := sys.NewPoll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	r := &Request{what: what, talk: talk, poll: poll, routes: m.routes()}
	if err := r.connect(); err != nil {
		return nil, errors.Join(err, poll.Close())
	}
	return r, nil
}

// routes are the ways to m, best first: each call costs a manager twice the CPU
// by its private socket, as it makes its whole tree of objects anew for each
// connection.
func (m Manager) routes() []route {
	var list []route
	if m.Bus != "" {
		list = append(list, route{m.Bus, false})
	}
	if m.Private != "" {
		list = append(list, route{m.Private, true})
	}
	return list
}

// connect says the beginning on the first of the routes left that is open.
func (r *Request) connect() error {
	for len(r.routes) > 0 {
		next := r.routes[0]
		r.routes = r.routes[1:]
		err := r.open(next)
		if err == nil {
			return nil
		}
		r.failed(next.socket, err)
	}
	return fmt.Errorf("%s: %w (%w)", r.what, ErrNoManager, r.tried)
}

// failed notes what became of a route.
func (r *Request) failed(socket string, err error) {
	if r.tried == nil {
		r.tried = fmt.Errorf("%s: %w", socket, err)
		return
	}
	r.tried = fmt.Errorf("%w; %s: %w", r.tried, socket, err)
}

func (r *Request) open(at route) error {
	c, err := bus.Dial(at.socket, at.private)
	if err != nil {
		return err
	}
	r.talk.begin(c)
	err = c.Flush()
	if err == nil {
		err = r.poll.Add(c.FD(), 0)
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	_ = r.conn.Close()
	r.conn, r.socket = c, at.socket
	return nil
}

// FD is readable when Ready has something to do. It stays the same.
func (r *Request) FD() int { return r.poll.FD() }

// Ready handles what has come. After done or an error there is nothing more to
// come.
func (r *Request) Ready() (done bool, err error) {
	done, err = r.listen()
	if err == nil {
		return done, nil
	}
	if !unanswered(err) {
		return false, fmt.Errorf("%s: %w", r.what, err)
	}
	r.failed(r.socket, err)
	return false, r.connect()
}

// listen handles the messages that are complete.
func (r *Request) listen() (bool, error) {
	end := r.conn.Fill()
	for {
		m, ok, err := r.conn.Next()
		if err != nil {
			return false, lost{err}
		}
		if !ok {
			break
		}
		if done, err := r.talk.hear(r.conn, m); done || err != nil {
			return done, err
		}
	}
	if end == nil {
		end = r.conn.Flush()
	}
	if end != nil {
		return false, lost{end}
	}
	return false, nil
}

// lost is an error of the connection, not an answer.
type lost struct{ error }

func (l lost) Unwrap() error { return l.error }

// unanswered reports whether the manager has not answered, so that another
// route may be better.
func unanswered(err error) bool {
	var l lost
	if errors.As(err, &l) {
		return true
	}
	var e *bus.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Name {
	case errServiceUnknown, errNoOwner, errNoReply, errDisconnected:
		return true
	}
	return false
}

// Wait waits until it is done, but no longer than the time given; then the
// error wraps ErrTimeout.
func (r *Request) Wait(most time.Duration) error {
	for end := time.Now().Add(most); ; {
		left := time.Until(end)
		if left <= 0 {
			return fmt.Errorf("%s: %w", r.what, ErrTimeout)
		}
		readable, err := sys.AwaitReadable(r.FD(), left)
		if err != nil {
			return fmt.Errorf("%s: %w", r.what, err)
		}
		if !readable {
			continue
		}
		if done, err := r.Ready(); done || err != nil {
			return err
		}
	}
}

// Close ends the connection. What the manager has begun it finishes. A nil
// *Request is closed already.
func (r *Request) Close() error {
	if r == nil {
		return nil
	}
	return errors.Join(r.conn.Close(), r.poll.Close())
}
