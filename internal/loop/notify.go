package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// storeMessage asks the manager to keep a follower's connection, sd_notify(3).
// FDPOLL is left on, so that the manager lets go of it when it hangs up.
const storeMessage = "FDSTORE=1\nFDNAME=" + FollowerName

// FollowerName is the name of followers' connections in the file descriptor
// store.
const FollowerName = "follow"

// notifier is the way to the manager's notification socket.
type notifier struct {
	fd      int32
	addr    sockaddrUn
	addrLen uint32
	text    [len(storeMessage)]byte
}

// rights is a control message with one descriptor, cmsg(3), unix(7).
type rights struct {
	len   uintptr
	level int32
	kind  int32
	fd    int32
	_     int32
}

// SetNotify sets the datagram socket and the address of $NOTIFY_SOCKET. Without
// it followers' connections do not outlive the process.
func (l *Loop) SetNotify(fd int, path []byte) bool {
	l.notify.fd = int32(fd)
	l.notify.addrLen = l.notify.addr.setPath(path)
	copy(l.notify.text[:], storeMessage)
	return l.notify.addrLen > 0
}

// storeFD hands a copy of fd to the manager. A failure costs only that the
// follower is cut off if this process is killed.
func (l *Loop) storeFD(fd int32) {
	n, k := &l.notify, &l.scratch
	if n.addrLen == 0 {
		return
	}
	k.right = rights{len: unsafe.Sizeof(rights{}) - 4, level: raw.SolSocket, kind: raw.ScmRights, fd: fd}
	k.iov[0] = iovec{uintptr(unsafe.Pointer(&n.text)), uintptr(len(n.text))}
	k.msg = msghdr{
		name: uintptr(unsafe.Pointer(&n.addr)), namelen: n.addrLen,
		iov: uintptr(unsafe.Pointer(&k.iov)), iovlen: 1,
		control: uintptr(unsafe.Pointer(&k.right)), controllen: unsafe.Sizeof(k.right),
	}
	raw.Wait(raw.SysSendmsg, uintptr(n.fd), uintptr(unsafe.Pointer(&k.msg)), raw.MsgNosignal, 0, 0, 0)
}
