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

// SetNotify sets the datagram socket and the address of $NOTIFY_SOCKET. Without
// it nothing outlives the process.
func (l *Loop) SetNotify(fd int, path []byte) bool {
	l.notify.fd = int32(fd)
	l.notify.addrLen = l.notify.addr.setPath(path)
	return l.notify.addrLen > 0
}

// notifyManager sends the text at hand, with a descriptor if fd is not negative.
// It waits for the manager only if it must.
func (l *Loop) notifyManager(fd int32, must bool) bool {
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
	flags := uintptr(raw.MsgNosignal)
	if !must {
		flags |= raw.MsgDontwait
	}
	for {
		r := raw.Wait(raw.SysSendmsg, uintptr(n.fd), uintptr(unsafe.Pointer(&k.msg)), flags, 0, 0, 0)
		if r != raw.EINTR {
			return r >= 0
		}
	}
}

// storeClient hands a copy of client i's connection to the manager. A failure
// costs only that the client is cut off if this process is killed.
func (l *Loop) storeClient(i int) {
	t := &l.notify.text
	t.reset()
	t.add("FDSTORE=1\nFDPOLL=0\nFDNAME=" + ClientName)
	t.number(uint64(i))
	l.notifyManager(l.clients[i%MaxClients].fd, false)
}

// storeFD hands a copy of a descriptor to the manager. A failure costs only that
// it is not there for the next process.
func (l *Loop) storeFD(name string, fd int32) {
	t := &l.notify.text
	t.reset()
	t.add("FDSTORE=1\nFDPOLL=0\nFDNAME=")
	t.add(name)
	l.notifyManager(fd, false)
}

// forgetClient makes the manager let go of it.
func (l *Loop) forgetClient(i int) {
	t := &l.notify.text
	t.reset()
	t.add("FDSTOREREMOVE=1\nFDNAME=" + ClientName)
	t.number(uint64(i))
	l.notifyManager(-1, false)
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
	return l.notifyManager(fd, true)
}

// unstore makes the manager let go of all descriptors of a name.
func (l *Loop) unstore(name string) {
	t := &l.notify.text
	t.reset()
	t.add("FDSTOREREMOVE=1\nFDNAME=")
	t.add(name)
	l.notifyManager(-1, true)
}

// nonblock makes a descriptor non-blocking.
func (l *Loop) nonblock(fd int32) bool {
	r := raw.Call(raw.SysFcntl, uintptr(fd), raw.FGetfl, 0, 0, 0, 0)
	return r >= 0 && raw.Call(raw.SysFcntl, uintptr(fd), raw.FSetfl, uintptr(r|raw.ONonblock), 0, 0, 0) >= 0
}
