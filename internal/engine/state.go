package engine

// state is what a monitor is doing.
type state int

const (
	waiting  state = iota // for the engine to attach, exec sessions only
	creating              // the runtime runs
	running               // the container, or the session's process, runs
	draining              // it has ended, and its output is being stored
	leaving               // clients get the rest
	done
	states
)

// event is what can happen to a monitor.
type event int

const (
	told     event = iota // the engine has attached
	made                  // the runtime has ended
	exited                // the container has ended
	expired               // --timeout
	drained               // everything is stored
	late                  // a log, or a parent that is to reap, takes too long
	released              // every client has all output
	asked                 // SIGTERM, SIGINT or SIGQUIT came
	events
)

// action is what a monitor does because of an event.
type action func(*monitor)

// table says what is done in which state. Where there is nothing the event means
// nothing there: it is late, or what it says is looked at in the next state.
type table [states][events]action

// life is the table of every monitor.
func life() *table {
	return &table{
		waiting: {
			told:  (*monitor).create,
			asked: (*monitor).giveUp,
		},
		creating: {
			made:    (*monitor).created,
			expired: nil, // it is counted from the end of this state
			asked:   (*monitor).forward,
		},
		running: {
			exited:  (*monitor).ended,
			expired: (*monitor).timeOut,
			late:    (*monitor).unreaped,
			asked:   (*monitor).forward,
		},
		draining: {
			drained: (*monitor).finish,
			late:    (*monitor).tooLate,
		},
		leaving: {
			released: (*monitor).stop,
		},
	}
}

// happen does what the table says.
func (m *monitor) happen(e event) {
	if do := m.life[m.state][e]; do != nil {
		do(m)
	}
}
