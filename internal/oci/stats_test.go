package oci

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
)

// show writes figures as they are, "-" for those that are not known.
func show(s Stats) string {
	text := ""
	for _, n := range []*uint64{s.MemoryUsage, s.MemoryLimit, s.CPUUSec, s.PIDs, s.PIDsLimit, s.OOMKills} {
		switch {
		case n == nil:
			text += "- "
		case *n == Unlimited:
			text += "max "
		default:
			text += fmt.Sprint(*n) + " "
		}
	}
	return text
}

// The answers of the runtimes, as seen, shortened.
const (
	statsV1    = `{"type":"stats","id":"c","data":{"cpu":{"usage":{"total":7907306,"percpu":[1,2]},"throttling":{}},"memory":{"usage":{"limit":9223372036854771712,"usage":2248704,"max":2248704,"failcnt":0},"raw":{"rss":1613824}},"pids":{"current":5}}}`
	statsV2    = `{"type":"stats","id":"c","data":{"cpu":{"usage":{"total":1000,"kernel":0,"user":0}},"memory":{"usage":{"limit":18446744073709551615,"usage":1,"failcnt":0},"raw":{"oom_kill":2}},"pids":{"current":5,"limit":50}}}`
	statsBare  = `{"type":"stats","id":"c","data":{"cpu":{"usage":{"kernel":0,"user":0}},"memory":{"usage":{"limit":0,"failcnt":0}},"pids":{}}}`
	statsRunsc = `{"type":"stats","id":"c1","data":{"cpu":{"usage":{"total":42106923259514}},"memory":{"usage":{"limit":0,"usage":2547712,"failcnt":0},"swap":{"limit":0,"failcnt":0}},"pids":{"current":2}}}`
)

// TestStats: memory and its limit, processor time, processes and their limit, OOM
// kills.
func TestStats(t *testing.T) {
	for _, tc := range []struct {
		name, answer, want string
		args               []string
	}{
		{"runc", statsV1, "2248704 max 7907 5 - - ", nil},
		{"runc", statsV2, "1 max 1 5 50 2 ", nil},
		{"runc", statsBare, "- - - - - - ", nil},
		{"runsc", statsRunsc, "2547712 - - 2 - - ", []string{"--ignore-cgroups"}},
		{"runsc", statsRunsc, "2547712 - 42106923259 2 - - ", []string{"--ignore-cgroups=false"}},
	} {
		r := fake(t, tc.name, "echo '"+tc.answer+"'")
		r.Args = tc.args
		s, err := r.Stats(t.Context(), "c")
		if got := show(s); got != tc.want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", tc.name, got, err, tc.want)
		}
	}
	for _, answer := range []string{"", "null", `{"type":"oom"}`, "x"} {
		if s, err := fake(t, "runc", "echo '"+answer+"'").Stats(t.Context(), "c"); err == nil {
			t.Errorf("%q: %s", answer, show(s))
		}
	}
}

// FuzzStats: whatever a runtime answers, a figure that is given is one that no
// container can do without, and a limit comes with its usage.
func FuzzStats(f *testing.F) {
	for _, s := range []string{statsV1, statsV2, statsBare, statsRunsc, "{}", `{"data":{"memory":{"raw":{"oom_kill":-1}}}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		var e statsEvent
		if json.Unmarshal([]byte(answer), &e) != nil {
			return
		}
		s := e.stats()
		if s.MemoryUsage == nil && s.MemoryLimit != nil || s.PIDs == nil && s.PIDsLimit != nil {
			t.Errorf("a limit without a usage: %s", show(s))
		}
		for _, n := range []*uint64{s.MemoryUsage, s.MemoryLimit, s.PIDs, s.PIDsLimit} {
			if n != nil && *n == 0 {
				t.Errorf("0 for what is not known: %s", show(s))
			}
		}
		if s.MemoryLimit != nil && *s.MemoryLimit != Unlimited && *s.MemoryLimit > math.MaxInt64 {
			t.Errorf("a limit of %d bytes", *s.MemoryLimit)
		}
	})
}
