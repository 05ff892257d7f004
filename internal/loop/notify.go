package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// notifier is the way to the manager's notification socket, sd_notify(3).
type notifier struct {
	fd      int32
	addr    sockaddrUn
	addrLen uint32
	text    text
}

// How long the manager is waited for, in sends. Each takes as long as the
// socket's SO_SNDTIMEO at most: it may be busy, and its queue is short
// (net.unix.max_dgram_qlen).
const (
	never     = 0
	briefly   = 1
	patiently = 25
)

// SetNotify sets the datagram socket, which blocks for a short time at most
// (SO_SNDTIMEO, socket(7)), and the address of $NOTIFY_SOCKET. Without it nothing
// outlives the process.
func (l *Loop) SetNotify(fd int, path []byte) bool {
	l.notify.fd = int32(fd)
	l.notify.addrLen = l.notify.addr.setPath(path)
	return l.notify.addrLen > 0
}

// notifyManager sends the text at hand, with a descriptor if fd is not negative.
func (l *Loop) notifyManager(fd int32, patience int) bool {
	n, k := &l.notify, &l.scratch
	if n.addrLen == 0 {
		return true // there is no manager
	}
	k.iov[0] = iovec{uintptr(unsafe.Pointer(&n.text.buf)), uintptr(n.text.n)}
	k.msg = msghdr{
		name: uintptr(unsafe.Pointer(&n.addr)), namelen: n.addrLen,
		iov: uintptr(unsafe.Pointer(&k.iov)), iovlen: 1,
	}
	if fd >= 0 {
		k.right = rights{len: rightsLen, level: raw.SolSocket, kind: raw.ScmRights, fd: fd}
		k.msg.control, k.msg.controllen = uintptr(unsafe.Pointer(&k.right)), unsafe.Sizeof(k.right)
	}
	r := raw.Call(raw.SysSendmsg, uintptr(n.fd), uintptr(unsafe.Pointer(&k.msg)), raw.MsgNosignal|raw.MsgDontwait, 0, 0, 0)
	for try := 0; (r == raw.EAGAIN || r == raw.EINTR) && try < patience; try++ {
		r = raw.Wait(raw.SysSendmsg, uintptr(n.fd), uintptr(unsafe.Pointer(&k.msg)), raw.MsgNosignal, 0, 0, 0)
	}
	return r >= 0
}

// storeClient hands a copy of client i's connection to the manager. A failure
// costs only that the client is cut off if this process is killed.
func (l *Loop) storeClient(i int) {
	t := &l.notify.text
	t.reset()
	t.add("FDSTORE=1\nFDPOLL=0\nFDNAME=" + ClientName)
	t.number(uint64(i))
	l.notifyManager(l.clients[i%MaxClients].fd, briefly)
}

// storeFD hands a copy of a descriptor to the manager. A failure costs only that
// it is not there for the next process.
func (l *Loop) storeFD(name string, fd int32) {
	t := &l.notify.text
	t.reset()
	t.add("FDSTORE=1\nFDPOLL=0\nFDNAME=")
	t.add(name)
	l.notifyManager(fd, briefly)
}

// forgetClient makes the manager let go of it.
func (l *Loop) forgetClient(i int) {
	t := &l.notify.text
	t.reset()
	t.add("FDSTOREREMOVE=1\nFDNAME=" + ClientName)
	t.number(uint64(i))
	l.notifyManager(-1, briefly)
}

// storeInput hands a copy of the container's input to the manager.
func (l *Loop) storeInput(fd int32, tty bool) bool {
	t := &l.notify.text
	t.reset()
	t.add("FDSTORE=1\nFDPOLL=0\nFDNAME=")
	if tty {
		t.add(ConsoleName)
	} else {
		t.add(StdinName)
	}
	return l.notifyManager(fd, patiently)
}

// unstore makes the manager let go of all descriptors of a name.
func (l *Loop) unstore(name string) {
	t := &l.notify.text
	t.reset()
	t.add("FDSTOREREMOVE=1\nFDNAME=")
	t.add(name)
	l.notifyManager(-1, patiently)
}

// nonblock makes a descriptor non-blocking.
func (l *Loop) nonblock(fd int32) bool {
	r := raw.Call(raw.SysFcntl, uintptr(fd), raw.FGetfl, 0, 0, 0, 0)
	return r >= 0 && raw.Call(raw.SysFcntl, uintptr(fd), raw.FSetfl, uintptr(r|raw.ONonblock), 0, 0, 0) >= 0
}
