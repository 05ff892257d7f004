package sdproxy

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQueue(t *testing.T) {
	tests := []struct {
		in, want []string
	}{
		{[]string{"READY=1"}, []string{"READY=1"}},
		{[]string{"READY=1", "READY=1"}, []string{"READY=1"}},
		{[]string{"STATUS=a", "STATUS=b", "STATUS=c"}, []string{"STATUS=c"}},
		{[]string{"READY=1\nSTATUS=a", "STATUS=b"}, []string{"READY=1", "STATUS=b"}},
		{[]string{"READY=1", "STOPPING=1"}, []string{"READY=1", "STOPPING=1"}},
		{
			[]string{"READY=1", "RELOADING=1\nMONOTONIC_USEC=1", "READY=1", "RELOADING=1\nMONOTONIC_USEC=2"},
			[]string{"READY=1", "RELOADING=1\nMONOTONIC_USEC=2"},
		},
		{[]string{"WATCHDOG=trigger", "WATCHDOG=1", "WATCHDOG=1"}, []string{"WATCHDOG=trigger", "WATCHDOG=1"}},
		{[]string{"STATUS=a\nSTATUS=b"}, []string{"STATUS=a"}},
		{[]string{""}, nil},
	}
	for _, tt := range tests {
		var q queue
		for _, text := range tt.in {
			q.add(parse([]byte(text)))
		}
		if diff := cmp.Diff(tt.want, texts(q)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, diff)
		}
	}
}

func texts(q queue) []string {
	var all []string
	for _, m := range q {
		all = append(all, string(m.text()))
	}
	return all
}

// FuzzQueue: whatever is kept, each kind of line is there at most once and with
// its last value, READY=1 if it ever was, and no message is empty.
func FuzzQueue(f *testing.F) {
	f.Add("READY=1\nSTATUS=a|STATUS=b\nSTATUS=c|WATCHDOG=1")
	f.Add("RELOADING=1\nMONOTONIC_USEC=3|READY=1|||STOPPING=1|ERRNO=1")
	f.Fuzz(func(t *testing.T, in string) {
		var q queue
		last := map[int]string{}
		for s := range strings.SplitSeq(in, "|") {
			text, _ := filter([]byte(s))
			m := parse(text)
			q.add(m)
			for _, l := range m {
				last[l.kind] = l.text
			}
		}
		found := map[int]string{}
		for _, m := range q {
			if len(m) == 0 {
				t.Error("an empty message")
			}
			for _, l := range m {
				if _, twice := found[l.kind]; twice {
					t.Errorf("%s twice in %q", passed[l.kind], texts(q))
				}
				found[l.kind] = l.text
			}
		}
		if diff := cmp.Diff(last, found); diff != "" {
			t.Errorf("%q (-last +kept):\n%s", in, diff)
		}
	})
}

func TestMessage_Short(t *testing.T) {
	m := parse([]byte("STATUS=x\nREADY=1\nERRNO=1\nWATCHDOG=trigger"))
	if got := string(m.short().text()); got != "READY=1\nWATCHDOG=trigger" {
		t.Errorf("%q", got)
	}
	if len(m) != 4 || !slices.Equal(m, parse(m.text())) {
		t.Errorf("the message itself has become %q", m.text())
	}
}
