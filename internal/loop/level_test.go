package loop

import (
	"testing"
	"time"

	"github.com/unitmon/unitmon/journal"
)

// fields reads one journal entry.
func (r *rig) fields() journal.Fields {
	r.t.Helper()
	r.must(r.journal.SetReadDeadline(time.Now().Add(patience)))
	n, err := r.journal.Read(r.buf[:])
	r.must(err)
	f, err := journal.Parse(r.buf[:n])
	r.must(err)
	return f
}

// TestSetPrefix: what "<N>" before a line does to its entry.
func TestSetPrefix(t *testing.T) {
	for _, c := range []struct {
		prefix, stream             int
		line                       string
		message, priority, ownName string
	}{
		{PrefixText, 0, "<4>warn", "<4>warn", "6", ""},
		{PrefixNoted, 0, "<4>warn", "warn", "6", "4"},
		{PrefixNoted, 1, "<4>warn", "warn", "3", "4"},
		{PrefixNoted, 0, "plain", "plain", "6", ""},
		{PrefixNoted, 0, "<8>no", "<8>no", "6", ""},
		{PrefixNoted, 0, "<12>no", "<12>no", "6", ""},
		{PrefixNoted, 0, "<4", "<4", "6", ""},
		{PrefixNoted, 0, "<4>", "", "6", "4"},
		{PrefixObeyed6, 0, "<4>warn", "warn", "4", ""},
		{PrefixObeyed6, 0, "plain", "plain", "6", ""},
		{PrefixObeyed3, 1, "plain", "plain", "3", ""},
		{PrefixObeyed3, 1, "<0>no", "no", "0", ""},
	} {
		r := newRig(t)
		w := r.watch(func(l *Loop) {
			if c.prefix == PrefixObeyed6 || c.prefix == PrefixObeyed3 {
				l.streams[c.stream].entry.set(nil)
			}
			l.SetPrefix(c.stream, c.prefix, true)
		})
		r.write(c.stream, c.line+"\nnext\n")
		f := r.fields()
		if f.Get("MESSAGE") != c.message || f.Get("PRIORITY") != c.priority || f.Get("CONTAINER_PRIORITY") != c.ownName {
			t.Errorf("%+v: got %v", c, f)
		}
		if f := r.fields(); f.Get("MESSAGE") != "next" || f.Get("CONTAINER_PRIORITY") != "" {
			t.Errorf("%+v: the next line has %v", c, f)
		}
		w.end()
	}
}

// TestSetPrefix_Parts: the rest of a line has no level, and pieces are marked
// only if they are to be.
func TestSetPrefix_Parts(t *testing.T) {
	for _, mark := range []bool{true, false} {
		r := newRig(t)
		w := r.watch(func(l *Loop) { l.SetPrefix(0, PrefixNoted, mark) })
		r.write(0, "<4>begin")
		f := r.fields() // after a while: it has no end
		if f.Get("MESSAGE") != "begin" || f.Get("CONTAINER_PRIORITY") != "4" || (f.Get("CONTAINER_PARTIAL_MESSAGE") == "true") != mark {
			t.Errorf("marked %v: got %v", mark, f)
		}
		r.write(0, "<3>end\n")
		if f := r.fields(); f.Get("MESSAGE") != "<3>end" || f.Get("CONTAINER_PRIORITY") != "" {
			t.Errorf("marked %v: the rest is %v", mark, f)
		}
		w.end()
	}
}

// TestSetWholeLines: an unfinished line waits for its rest for longer than
// TailMS, and is stored as it is at the end.
func TestSetWholeLines(t *testing.T) {
	r := newRig(t)
	w := r.watch(func(l *Loop) { l.SetWholeLines() })
	r.write(0, "four")
	r.must(r.journal.SetReadDeadline(time.Now().Add(3 * TailMS * time.Millisecond)))
	if n, err := r.journal.Read(r.buf[:]); err == nil {
		t.Errorf("stored at once: %q", r.buf[:n])
	}
	r.write(0, " more\nfive")
	if _, message, partial := r.entry(); message != "four more" || partial {
		t.Errorf("got %q, partial %v", message, partial)
	}
	r.ask("drain")
	if _, message, partial := r.entry(); message != "five" || !partial {
		t.Errorf("at the end: got %q, partial %v", message, partial)
	}
	w.end()
}
