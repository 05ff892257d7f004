package notify_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/unitmon/unitmon/notify"
)

func TestStates(t *testing.T) {
	for got, want := range map[string]string{
		notify.Status("a\nb\x00c"):                    "STATUS=a b c",
		notify.Status("\xff"):                         "STATUS=\uFFFD",
		notify.Status(""):                             "STATUS=",
		notify.MainPID(7):                             "MAINPID=7",
		notify.ExtendTimeout(1500 * time.Microsecond): "EXTEND_TIMEOUT_USEC=1500",
		notify.ExtendTimeout(-time.Second):            "EXTEND_TIMEOUT_USEC=0",
		notify.Errno(2):                               "ERRNO=2",
		notify.ExitStatus(137):                        "EXIT_STATUS=137",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestStatus_Fits: cut at a character, with room for other states, for every
// way a character can lie across the limit and for every kind of byte.
func TestStatus_Fits(t *testing.T) {
	const limit = len("STATUS=") + notify.MaxMessage - 512
	for _, unit := range []string{"x", "é", "€", "😀", "\xff", "\xf0\x9f"} {
		for shift := range 5 {
			text := strings.Repeat("a", shift) + strings.Repeat(unit, 5000)
			got := notify.Status(text)
			if !utf8.ValidString(got) || len(got) > limit {
				t.Errorf("%q*: %d bytes, valid %v", unit, len(got), utf8.ValidString(got))
			}
			if utf8.ValidString(unit) {
				if len(got) <= limit-len(unit) || !strings.HasPrefix("STATUS="+text, got) {
					t.Errorf("%q*: cut to %d bytes, ends in %q", unit, len(got), got[len(got)-4:])
				}
			}
		}
	}
}
