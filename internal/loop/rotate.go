package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// fileMode is the mode of a log file, as conmon's.
const fileMode = 0o640

// names are two paths for renameat(2).
type names struct{ a, b [pathMax]byte }

// openFile opens log file f for appending, and makes it if it is not there. A
// failure is noted in it.
func (l *Loop) openFile(f int) {
	x := &l.files[f%MaxFiles]
	if !x.on {
		return
	}
	x.numbered(&l.names.a, 0)
	fd := l.create(&l.names.a)
	if fd < 0 {
		l.failFile(x, fd)
		return
	}
	l.use(x, fd)
	// A portion that is under way is counted when it is stored.
	if st := &l.state.files[f%MaxFiles]; st.total == 0 && !st.busy {
		st.total = x.size
	}
	x.dirty = x.size > 0 // what an earlier process wrote may not be written through
	l.resume(f)
}

// use makes fd the descriptor of a log file.
func (l *Loop) use(x *file, fd int) {
	if x.fd >= 0 {
		closeFD(x.fd)
	}
	x.fd, x.cut = int32(fd), 0
	x.size = l.sizeOf(fd)
}

// sizeOf is a file's size; 0 of what has none.
func (l *Loop) sizeOf(fd int) int64 {
	return max(0, int64(raw.Call(raw.SysLseek, uintptr(fd), 0, raw.SeekEnd, 0, 0, 0)))
}

// create opens a file for appending. The mode is set by hand where the file is
// new, because of the umask.
func (l *Loop) create(path *[pathMax]byte) int {
	const open = raw.OWronly | raw.OAppend | raw.OCloexec | raw.ONonblock
	fd := l.openat(path, open|raw.OCreat|raw.OExcl)
	if fd == raw.EEXIST {
		return l.openat(path, open|raw.OCreat)
	}
	if fd >= 0 {
		raw.Call(raw.SysFchmod, uintptr(fd), fileMode, 0, 0, 0, 0)
	}
	return fd
}

func (l *Loop) openat(path *[pathMax]byte, flags int) int {
	return raw.Call(raw.SysOpenat, atCwd(), uintptr(unsafe.Pointer(path)), uintptr(flags), fileMode, 0, 0)
}

// atCwd is AT_FDCWD; log paths are absolute.
func atCwd() uintptr {
	fd := raw.AtFdcwd
	return uintptr(fd)
}

// numbered writes the path of rotated file n into dst, ended by a NUL; 0 is the
// live file.
func (x *file) numbered(dst *[pathMax]byte, n int) {
	k := copy(dst[:pathMax-16], x.path[:x.pathLen])
	if n > 0 {
		dst[k] = '.'
		k++
		digits := 1
		for m := n; m >= 10; m /= 10 {
			digits++
		}
		for d := digits - 1; d >= 0; d-- {
			dst[(k+d)%pathMax] = byte('0' + n%10)
			n /= 10
		}
		k += digits
	}
	dst[k%pathMax] = 0
}

// rotate moves the live file to .1, .1 to .2 and so on, and begins a new one.
// Only as many files move as it takes to make room: a rotation that was
// interrupted goes on where it was. If it fails the live file is used on, and
// the next try is a moment later.
func (l *Loop) rotate(f int) {
	x := &l.files[f%MaxFiles]
	if !l.shift(x) {
		return
	}
	x.numbered(&l.names.a, 0)
	fd := l.create(&l.names.a)
	if fd < 0 {
		l.failTurn(x, fd)
		return
	}
	l.use(x, fd)
	x.turnAt = 0
	if x.size > 0 { // not a new one, after all: two names of one file, or two writers
		x.turnAt = l.now + fileRetryMax
	}
}

// shift makes the live file's name free.
func (l *Loop) shift(x *file) bool {
	last := int(x.count) - 1
	if last == 0 {
		return l.discard(x)
	}
	free := 1
	for free < last && l.exists(x, free) {
		free++
	}
	for n := free; n > 0; n-- {
		x.numbered(&l.names.a, n-1)
		x.numbered(&l.names.b, n)
		r := l.rename()
		if r < 0 && r != raw.ENOENT { // moved away by somebody else
			l.failTurn(x, r)
			return false
		}
	}
	return true
}

// discard replaces the live file by an empty one. It is true when the name has
// a new file or none.
func (l *Loop) discard(x *file) bool {
	x.numbered(&l.names.b, 0)
	x.numbered(&l.names.a, 0)
	copy(l.names.a[x.pathLen:], ".new\x00")
	raw.Call(raw.SysUnlinkat, atCwd(), uintptr(unsafe.Pointer(&l.names.a)), 0, 0, 0, 0) // of a process that was killed here
	fd := l.create(&l.names.a)
	if fd < 0 {
		l.failTurn(x, fd)
		return false
	}
	r := l.rename()
	closeFD(int32(fd))
	if r < 0 {
		l.failTurn(x, r)
	}
	return r >= 0
}

// exists reports whether rotated file n is there.
func (l *Loop) exists(x *file, n int) bool {
	x.numbered(&l.names.a, n)
	return raw.Call(raw.SysFaccessat, atCwd(), uintptr(unsafe.Pointer(&l.names.a)), 0, 0, 0, 0) >= 0
}

// rename is renameat(2) from names.a to names.b.
func (l *Loop) rename() int {
	return raw.Call(raw.SysRenameat, atCwd(), uintptr(unsafe.Pointer(&l.names.a)), atCwd(), uintptr(unsafe.Pointer(&l.names.b)), 0, 0)
}

// failTurn notes that a file could not be rotated.
func (l *Loop) failTurn(x *file, err int) {
	x.err = int32(err)
	x.turnAt = l.now + fileRetryMax
	l.trouble()
}

// reopen opens every log file anew, as after a rotation by somebody else. It
// reports whether all could be opened; one that could not is used on as it is.
func (l *Loop) reopen() bool {
	ok := true
	for f := range l.files {
		x := &l.files[f]
		if !x.on {
			continue
		}
		x.numbered(&l.names.a, 0)
		fd := l.create(&l.names.a)
		if fd < 0 {
			ok = false
			continue
		}
		l.use(x, fd)
		x.full, x.retryAt = false, 0
		l.resume(f)
	}
	l.wakeStreams()
	return ok
}
