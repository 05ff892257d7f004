package oom

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
)

func TestCounts(t *testing.T) {
	c := Counts{1, 1, 0}
	tests := []struct {
		text string
		rose bool
	}{
		{"low 0\nhigh 0\nmax 7\noom 1\noom_kill 1\noom_group_kill 0\n", false},
		{"low 0\nhigh 9\nmax 8\noom 1\noom_kill 1\noom_group_kill 0\n", false},
		{"oom 2\n", true},
		{"oom 2\n", false},
		{"", false},         // being written
		{"oom 1\n", false},  // never less
		{"oom_kill", false}, // cut off
		{"oom_kill \n", false},
		{"oom_kill -9\noom_kill 0x9\noom_kills 9\n oom_kill 9\noom_kill  9\n", false},
		{"oom_kill 99999999999999999999\n", false},
		{"oom_kill 2", true},
		{"oom_group_kill 1\n", true},
		{"oom_kill_disable 0\nunder_oom 1\noom_kill 3\n", true}, // cgroup v1
		{"oom 2\noom_kill 3\noom_group_kill 1\n", false},
	}
	for _, tt := range tests {
		if rose := c.update(tt.text); rose != tt.rose {
			t.Errorf("%q: rose %v, want %v; now %v", tt.text, rose, tt.rose, c)
		}
	}
	if c != (Counts{2, 3, 1}) {
		t.Errorf("at the end %v", c)
	}
}

// FuzzCounts: no text makes a counter fall, or rise without a report.
func FuzzCounts(f *testing.F) {
	f.Add("oom 3\noom_kill 2\n", uint64(2))
	f.Add("oom_group_kill 1", uint64(0))
	f.Add("oom \n\noom_kill\x00 5", uint64(5))
	f.Fuzz(func(t *testing.T, text string, old uint64) {
		before := Counts{old, old, old}
		c := before
		rose := c.update(text)
		if rose != (c != before) {
			t.Errorf("rose %v: %v, before %v", rose, c, before)
		}
		for i := range c {
			if c[i] < before[i] {
				t.Errorf("%s fell from %d to %d", names[i], before[i], c[i])
			}
			if c[i] != before[i] && !strings.Contains(text, names[i]+" ") {
				t.Errorf("%s is %d by %q", names[i], c[i], text)
			}
		}
		if c.update(text) {
			t.Errorf("%q rises again", text)
		}
		if n := c[0] + 1; n > 0 && !c.update("oom "+strconv.FormatUint(n, 10)) {
			t.Errorf("%v does not rise any more", c)
		}
	})
}

// TestCounterFile_Gone: what was seen last stays.
func TestCounterFile_Gone(t *testing.T) {
	c := counterFile{last: Counts{1, 2, 3}}
	c.read = func(int, []byte) (int, error) { return 0, sys.ENODEV }
	if rose, gone, err := c.look(); rose || !gone || err != nil || c.last != (Counts{1, 2, 3}) {
		t.Errorf("%v, %v, %v, %v", rose, gone, err, c.last)
	}
	bad := errors.New("bad")
	c.read = func(int, []byte) (int, error) { return 0, bad }
	if rose, gone, err := c.look(); rose || gone || !errors.Is(err, bad) {
		t.Errorf("%v, %v, %v", rose, gone, err)
	}
}
