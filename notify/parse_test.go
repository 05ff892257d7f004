package notify_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/notify"
)

func TestParse(t *testing.T) {
	tests := map[string]notify.State{
		"READY=1": {Ready: true},
		"STATUS=x=y\nREADY=1\n": {
			Ready: true, Status: notify.Value[string]{"x=y", true},
		},
		"RELOADING=1\nSTOPPING=1\nWATCHDOG=1": {Reloading: true, Stopping: true, Watchdog: true},
		"MAINPID=12\nMAINPID=13":              {MainPID: 12},
		"ERRNO=0\nEXIT_STATUS=255": {
			Errno: notify.Value[int]{0, true}, ExitStatus: notify.Value[int]{255, true},
		},
		"EXTEND_TIMEOUT_USEC=2000000":                 {ExtendTimeout: 2 * time.Second},
		"FDSTORE=1\nFDNAME=pipe\nFDPOLL=0":            {FDStore: true, FDName: "pipe", FDNoPoll: true},
		"FDSTOREREMOVE=1\nFDNAME=pipe\nFDPOLL=1":      {FDRemove: true, FDName: "pipe"},
		"BARRIER=1":                                   {Barrier: true},
		"X_MINE=1\nnothing\nWATCHDOG=trigger\nSTATUS": {Status: notify.Value[string]{"", true}},
		"READY=1\x00":                                 {Ready: true},
	}
	for in, want := range tests {
		got, err := notify.Parse([]byte(in))
		if err != nil {
			t.Errorf("%q: %v", in, err)
		}
		want.Lines = strings.Split(strings.Trim(in, "\n\x00"), "\n")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

// TestParse_BadValues: what is bad is left out, the rest stays.
func TestParse_BadValues(t *testing.T) {
	for _, bad := range []string{
		"READY=0", "READY=", "STOPPING=yes", "WATCHDOG=2", "FDPOLL=", "MAINPID=0", "MAINPID=-1",
		"MAINPID=2147483648", "ERRNO=x", "EXIT_STATUS=256", "EXTEND_TIMEOUT_USEC=18446744073709551615",
		"FDNAME=", "FDNAME=a:b", "FDNAME=\x01", "FDNAME=" + strings.Repeat("x", 256),
	} {
		in := bad + "\nSTATUS=kept"
		got, err := notify.Parse([]byte(in))
		want := notify.State{
			Status: notify.Value[string]{"kept", true},
			Lines:  strings.Split(in, "\n"),
		}
		if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, notify.ErrMessage) {
			t.Errorf("%q: %v (-want +got):\n%s", bad, err, diff)
		}
	}
	for _, in := range []string{"", "\x00", "READY=1\x00STATUS=", strings.Repeat("x", notify.MaxMessage+1)} {
		if got, err := notify.Parse([]byte(in)); !errors.Is(err, notify.ErrMessage) || got.Lines != nil {
			t.Errorf("%.20q: %v, %v", in, got, err)
		}
	}
}

// FuzzParse: nothing panics, and the lines of what was accepted mean the same
// when a relay sends them on.
func FuzzParse(f *testing.F) {
	f.Add("READY=1\nSTATUS=x\n\nMAINPID=1")
	f.Add("FDSTORE=1\nFDNAME=a\nFDPOLL=0")
	f.Add("ERRNO=\nEXTEND_TIMEOUT_USEC=9007199254740991")
	f.Add("\x00")
	f.Fuzz(func(t *testing.T, in string) {
		s, err := notify.Parse([]byte(in))
		if s.MainPID < 0 || s.ExtendTimeout < 0 || s.Errno.V < 0 {
			t.Fatalf("negative: %+v", s)
		}
		if s.Lines == nil {
			if err == nil && strings.Trim(in, "\n\x00") != "" {
				t.Fatal("nothing read and no error")
			}
			return
		}
		again, err2 := notify.Parse([]byte(strings.Join(s.Lines, "\n")))
		if diff := cmp.Diff(s, again); diff != "" || (err == nil) != (err2 == nil) {
			t.Fatalf("%v, then %v (-first +again):\n%s", err, err2, diff)
		}
	})
}
