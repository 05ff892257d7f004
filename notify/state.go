package notify

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxMessage is the longest message in bytes, newlines between the states
// included: a manager ignores a longer one whole (NOTIFY_BUFFER_MAX in
// systemd's notify-recv.h and manager.c).
const MaxMessage = 4096

// States without a parameter; see sd_notify(3).
const (
	// Ready: the service has started, or reloaded.
	Ready = "READY=1"
	// Stopping: the service has begun to end. The stop timeout starts.
	Stopping = "STOPPING=1"
	// Watchdog is the sign of life that WatchdogSec= asks for.
	Watchdog = "WATCHDOG=1"
	// WatchdogTrigger makes the manager act as if signs of life were missing
	// (systemd 243).
	WatchdogTrigger = "WATCHDOG=trigger"
)

// maxStatus leaves 512 bytes of a message for the states beside the status.
const maxStatus = MaxMessage - 512

// Status is the line that systemctl status shows. Whatever the text, the
// result can be sent: invalid UTF-8 is replaced, as managers ignore it,
// newlines and NULs become spaces, and what is beyond 3584 bytes is cut off,
// at the boundary of a character.
func Status(text string) string {
	// Not the whole of a huge text, and a little more than will be kept, so
	// that a character cut in half here is cut off below.
	text = text[:min(len(text), maxStatus+utf8.UTFMax)]
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.NewReplacer("\n", " ", "\x00", " ").Replace(text)
	if len(text) > maxStatus {
		end := maxStatus
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return "STATUS=" + text
}

// MainPID names the process whose life and exit are the service's. Managers
// refuse a process that is dead already, or, from a sender that is not root,
// in another unit.
func MainPID(pid int) string { return "MAINPID=" + strconv.Itoa(pid) }

// ExtendTimeout asks for this much more time, from now, to start, run or
// stop (systemd 236). It is to be repeated before the time is over.
func ExtendTimeout(d time.Duration) string {
	return "EXTEND_TIMEOUT_USEC=" + strconv.FormatInt(max(0, d.Microseconds()), 10)
}

// Errno is the errno-style number of the error that made the service fail;
// StatusErrno= of the unit.
func Errno(n int) string { return "ERRNO=" + strconv.Itoa(n) }

// ExitStatus is the exit status of the service's payload (systemd 254). It is
// for information: systemd does not act on it for services.
func ExitStatus(n int) string { return "EXIT_STATUS=" + strconv.Itoa(n) }
