package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
)

// Exit is how a process has ended.
type Exit struct {
	// Known is false if nobody can say; Reason is then why. Code means nothing.
	Known bool
	// Code is the exit code, or 128+n for signal n: runsc ends so itself for
	// what is in its sandbox, and a runtime for what it has executed.
	Code   int
	Signal int       // n, if the process itself ended by signal n; else 0
	Time   time.Time // when the end was noticed
	Reason error
}

// ErrExitUnknown is wrapped by the Reason of an exit that is not known.
var ErrExitUnknown = errors.New("how it ended is not known")

// String is "exit code 3", "signal 9", or "exit unknown: why".
func (e Exit) String() string {
	switch {
	case !e.Known:
		return fmt.Sprintf("exit unknown: %v", e.Reason)
	case e.Signal != 0:
		return fmt.Sprintf("signal %d", e.Signal)
	}
	return fmt.Sprintf("exit code %d", e.Code)
}

func exitStatus(s sys.WaitStatus) Exit {
	if s.Signaled() {
		return Exit{Known: true, Code: 128 + int(s.Signal()), Signal: int(s.Signal()), Time: time.Now()}
	}
	return Exit{Known: true, Code: s.ExitStatus(), Time: time.Now()}
}

func exitUnknown(why error) Exit {
	return Exit{Time: time.Now(), Reason: fmt.Errorf("%w: %w", ErrExitUnknown, why)}
}

// reapedMax bounds the wait for a parent that does not take its child's status.
const reapedMax = 10 * time.Second

var errGoneBefore = errors.New("it had ended before anybody looked")

// exitOf asks how the process of a pidfd, which has ended, did so. If this process
// is the parent it takes the status, as nobody else will; waitpid of one child does
// not disturb other waits. Else its parent must take it.
func exitOf(ctx context.Context, p *sys.Pidfd, pid int) Exit {
	if info, err := p.Info(); err == nil && info.PPID == uint32(os.Getpid()) {
		if got, status, err := sys.ReapNow(pid); err == nil && got == pid {
			return exitStatus(status)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, reapedMax)
	defer cancel()
	status, err := p.ReapedStatus(ctx)
	if err != nil {
		return exitUnknown(err)
	}
	return exitStatus(status)
}
