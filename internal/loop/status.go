package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// statusUS is how long trouble must last, or have been over, before the manager
// is told of it, and the time between two reports.
const statusUS = 1000 * ms

// status is what the manager shows of the relay, STATUS= of sd_notify(3), and
// its watchdog.
type status struct {
	due    int64 // when to report, 0: nothing to report
	pingUS int64 // time between two signs of life, 0: none
	pingAt int64
	base   text // what is always said
	last   text // what was said last
	line   text // a line at hand
	own    ownEntry

	identifier text // of own entries, if not the relay's
	priority   int8 // of own entries, if not 0
}

// ownEntry is a journal entry of the relay's own.
type ownEntry struct{ out [1024]byte }

// SetStatus sets the text that every status begins with. What an earlier process
// has lost is told again soon: the manager forgets what that has said.
func (l *Loop) SetStatus(s []byte) {
	l.status.base.reset()
	l.status.base.addBytes(s)
	if st := &l.state.stats; st.LostJournal+st.LostFiles[0]+st.LostFiles[1]+st.Dropped > 0 {
		l.trouble()
	}
}

// SetWatchdog makes the loop tell the manager every n microseconds that it is
// alive: half of $WATCHDOG_USEC, sd_watchdog_enabled(3).
func (l *Loop) SetWatchdog(n int64) {
	l.status.pingUS, l.status.pingAt = n, 1
}

// trouble makes the loop report soon.
func (l *Loop) trouble() {
	if l.status.due == 0 {
		l.status.due = l.now + statusUS
	}
}

// tell gives the manager what it is time for.
func (l *Loop) tell() {
	s := &l.status
	if s.pingAt > 0 && l.now >= s.pingAt {
		s.pingAt = l.now + s.pingUS
		l.notify.text.reset()
		l.notify.text.add("WATCHDOG=1")
		if !l.notifyManager(-1, never) {
			s.pingAt = l.now + statusUS/10 // its queue is full
		}
	}
	if s.due == 0 || l.now < s.due {
		return
	}
	s.due = 0
	t := &l.notify.text
	t.reset()
	t.add("STATUS=")
	t.addBytes(s.base.bytes())
	if l.describe(t) {
		s.due = l.now + statusUS // until it is over
	}
	if string(t.bytes()) != string(s.last.bytes()) && l.notifyManager(-1, never) {
		s.last.reset()
		s.last.addBytes(t.bytes())
		l.monitor.changed = l.notify.addrLen == 0 && l.monitor.events > 0
	}
}

// describe adds what is wrong, and reports whether anything is.
func (l *Loop) describe(t *text) bool {
	bad := false
	if j := &l.journal; j.on && (j.full || l.bulkBusy()) && l.now-j.tookAt >= statusUS {
		t.add("; the journal takes nothing: ")
		t.reason(j.err)
		bad = true
	}
	for f := range l.files {
		if x := &l.files[f]; x.on && x.err != 0 {
			t.add("; the ")
			t.name(x.kind)
			t.add(" log takes nothing: ")
			t.reason(x.err)
			bad = true
		}
	}
	st := &l.state.stats
	t.losses("; lines lost by the journal: ", st.LostJournal)
	for f := range l.files {
		if x := &l.files[f]; x.on && st.LostFiles[f] > 0 {
			t.add("; lines lost by the ")
			t.name(x.kind)
			t.losses(" log: ", st.LostFiles[f])
		}
	}
	t.losses("; clients dropped: ", st.Dropped)
	return bad || l.journal.full || l.bulkBusy()
}

// name adds the name of a log file's format.
func (t *text) name(kind uint8) {
	if kind == JSONFile {
		t.add("json-file")
		return
	}
	t.add("k8s-file")
}

// losses adds a count that is not 0.
func (t *text) losses(what string, n uint64) {
	if n > 0 {
		t.add(what)
		t.number(n)
	}
}

// reason adds an error number in words.
func (t *text) reason(err int32) {
	switch int(err) {
	case 0, raw.EAGAIN:
		t.add("no room")
	case raw.ENOSPC:
		t.add("no space left on device")
	case raw.EDQUOT:
		t.add("disk quota exceeded")
	case raw.EIO:
		t.add("input/output error")
	case raw.EROFS:
		t.add("read-only file system")
	case raw.EACCES:
		t.add("permission denied")
	case raw.ENOENT:
		t.add("no such file or directory")
	case raw.ECONNREFUSED:
		t.add("connection refused")
	default:
		t.add("error ")
		t.number(uint64(-err))
	}
}

// report sends a line of the relay's own to the journal. It is false if that
// takes nothing for now.
func (l *Loop) report(priority int, line []byte) bool {
	e := &l.status.own
	n := copy(e.out[:], "SYSLOG_IDENTIFIER=")
	if who := l.status.identifier.bytes(); len(who) > 0 {
		n += copy(e.out[n:], who)
	} else {
		n += copy(e.out[n:], "unitmon-relay")
	}
	n += copy(e.out[n:], "\nPRIORITY=")
	if l.status.priority > 0 {
		priority = int(l.status.priority)
	}
	e.out[n] = byte('0' + priority)
	n++
	n += copy(e.out[n:], "\nMESSAGE=")
	n += copy(e.out[n:len(e.out)-1], line)
	for n > 0 && e.out[n-1] == '\n' {
		n--
	}
	e.out[n] = '\n'
	j := &l.journal
	return raw.Call(raw.SysSendto, uintptr(j.fd), uintptr(unsafe.Pointer(&e.out)), uintptr(n+1),
		raw.MsgDontwait|raw.MsgNosignal, uintptr(unsafe.Pointer(&j.addr)), uintptr(j.addrLen)) >= 0
}
