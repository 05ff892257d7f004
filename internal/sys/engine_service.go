package sys

import (
	"time"

	"golang.org/x/sys/unix"
)

// SetAt makes the timer go off once when [Monotonic] has come to at, which is
// right away if it has already; 0 or less switches it off.
func (t *Timer) SetAt(at time.Duration) error {
	var spec unix.ItimerSpec
	if at > 0 {
		spec.Value = unix.NsecToTimespec(int64(at))
	}
	return named("timerfd_settime", unix.TimerfdSettime(t.fd, unix.TFD_TIMER_ABSTIME, &spec, nil))
}

// FileID tells a file from all others there are at a time. When the file is gone
// for good, which it is not while somebody has it open or, if it is a socket, has
// it bound, another may get its ID. The zero FileID is no file's.
type FileID struct{ Dev, Ino uint64 }

// FileIDOf returns the ID of the file at path, of the link itself if it is a
// symbolic link.
func FileIDOf(path string) (FileID, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Lstat(path, &st) }); err != nil {
		return FileID{}, pathError("lstat", path, err)
	}
	return FileID{Dev: st.Dev, Ino: st.Ino}, nil
}
