package loop

// Coalescing: of containers that write a little now and then, most of the cost
// is to be woken for each line. After a first line, which is handled at once,
// the streams are left alone for a moment that grows while little comes, and
// shrinks when much does, so that a writer at full speed is not slowed down.
const (
	calmMin = 20 // us
	calmMax = 100 * ms
)

// calm is the state of it.
type calm struct {
	until int64 // the streams are left alone until then, 0: they are not
	delay int64
}

// coalesce sets how long the streams are left alone after n bytes came. When
// nothing came the loop waits for an event; what it has learned stays.
func (l *Loop) coalesce(n uint64) {
	c := &l.calm
	if l.readers > 0 || l.drains > 0 || l.input.on && l.input.tty || !l.streams[0].caughtUp || !l.streams[1].caughtUp {
		c.delay = 0
		return
	}
	switch {
	case n == 0:
		return
	case n < 8<<10:
		c.delay = min(max(2*c.delay, calmMin), calmMax)
	case n > 48<<10:
		c.delay = 0
	case n > 32<<10:
		c.delay /= 4
	case n > 16<<10:
		c.delay /= 2
	}
	if c.delay >= calmMin {
		c.until = l.now + c.delay
	}
}
