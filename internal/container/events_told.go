package container

// toldEvents remembers which events were told, so that each is told once though
// it has two sources. It holds the last maxSeen.
type toldEvents struct {
	keys  map[string]struct{}
	order []string
}

func newTold() toldEvents { return toldEvents{keys: map[string]struct{}{}} }

// first reports whether an event is to be told: not again, and no start after the
// exit. Of a container that ends before its start is complete the manager says
// "Started" only when all is over; it never was active.
func (t *toldEvents) first(e Event) bool {
	if e.Type == EventLost {
		return true // it may repeat, and its two sources count differently
	}
	key := e.key()
	if t.has(key) {
		return false
	}
	t.keys[key] = struct{}{}
	if t.order = append(t.order, key); len(t.order) > maxSeen {
		delete(t.keys, t.order[0])
		t.order = t.order[1:]
	}
	if e.Type != EventStart || e.Invocation == "" {
		return true
	}
	e.Type = EventExit
	return !t.has(e.key())
}

func (t *toldEvents) has(key string) bool { _, ok := t.keys[key]; return ok }
