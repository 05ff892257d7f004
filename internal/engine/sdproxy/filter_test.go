package sdproxy

import (
	"strings"
	"testing"
)

func TestFilter(t *testing.T) {
	long := "STATUS=" + strings.Repeat("x", maxDatagram-7)
	tests := []struct {
		in, want string
		barrier  bool
	}{
		{"", "", false},
		{"READY=1", "READY=1", false},
		{"READY=1\n", "READY=1", false},
		{"READY=1\r\nSTATUS=a b\n\n\nERRNO=5", "READY=1\nSTATUS=a b\nERRNO=5", false},
		{"MAINPID=1\nREADY=1\nMAINPID=2\nSTOPPING=1\nFDNAME=x", "READY=1\nSTOPPING=1", false},
		{"READY=1\nREADY=1", "READY=1\nREADY=1", false},
		{"RELOADING=1\nMONOTONIC_USEC=12", "RELOADING=1\nMONOTONIC_USEC=12", false},
		{"WATCHDOG=1\nWATCHDOG=trigger\nWATCHDOG_USEC=9\nWATCHDOG=2", "WATCHDOG=1\nWATCHDOG=trigger", false},
		{"BUSERROR=org.x\nVARLINKERROR=org.x\nEXIT_STATUS=1\nEXTEND_TIMEOUT_USEC=1", "BUSERROR=org.x", false},
		{"READY=10\nREADY=0\nREADY=1 \n READY=1\nREADY\nSTATUS\nstatus=x", "", false},
		{"STATUS=\nERRNO=x", "STATUS=\nERRNO=x", false},
		{"FDSTORE=1\nFDSTOREREMOVE=1\nNOTIFYACCESS=all\nX_READY=1", "", false},
		{"STATUS=a\x00READY=1", "STATUS=a", false},
		{"\x00READY=1", "", false},
		{"BARRIER=1", "", true},
		{"BARRIER=10\nBARRIER=0", "", false},
		{"READY=1\nBARRIER=1", "READY=1", true},
		{"\x00BARRIER=1", "", false},
		{long, long, false},
	}
	for _, tt := range tests {
		text, barrier := filter([]byte(tt.in))
		if string(text) != tt.want || barrier != tt.barrier {
			t.Errorf("%.60q: %.60q, %v, want %.60q, %v", tt.in, text, barrier, tt.want, tt.barrier)
		}
	}
}

// TestPassed: the list of conmon 2.2.1.
func TestPassed(t *testing.T) {
	const want = "READY=1 RELOADING=1 STOPPING=1 WATCHDOG=1 WATCHDOG=trigger STATUS= ERRNO= BUSERROR= MONOTONIC_USEC="
	if got := strings.Join(passed[:], " "); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for i, p := range passed {
		if k := kind([]byte(p)); k != i || free(i) != strings.HasSuffix(p, "=") {
			t.Errorf("%s: kind %d, want %d; free %v", p, k, i, free(i))
		}
	}
}

// FuzzFilter: what goes on is what a plain reading of the rules says, and
// nothing in it can be taken for anything else.
func FuzzFilter(f *testing.F) {
	f.Add("READY=1\nSTATUS=x\r\nMAINPID=1")
	f.Add("BARRIER=1\n\n\rWATCHDOG=trigger\x00READY=1")
	f.Add("STATUS=\nERRNO=\nREADY=1READY=1")
	f.Fuzz(func(t *testing.T, in string) {
		var want []string
		head, _, _ := strings.Cut(in, "\x00")
		for _, l := range strings.FieldsFunc(head, func(r rune) bool { return r == '\n' || r == '\r' }) {
			for _, p := range passed {
				if l == p || strings.HasSuffix(p, "=") && strings.HasPrefix(l, p) {
					want = append(want, l)
					break
				}
			}
		}
		text, _ := filter([]byte(in))
		if string(text) != strings.Join(want, "\n") {
			t.Fatalf("%q: %q, want %q", in, text, want)
		}
		again, barrier := filter([]byte(string(text)))
		if string(again) != string(text) || barrier {
			t.Errorf("%q: filtered again: %q, %v", text, again, barrier)
		}
	})
}
