package loop

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/journal"
)

// patience bounds waits for events that a correct loop brings about.
const patience = 30 * time.Second

// rig is what outlives a loop: real FIFOs, the two listening sockets, the state
// and the pipes that belong to it; and a datagram socket in journald's place.
type rig struct {
	t       *testing.T
	dir     string
	fifos   [2]*os.File // open for reading and writing, as the manager holds them
	stash   [2]*os.File
	state   *State
	control *net.UnixListener
	attach  *net.UnixListener
	journal *net.UnixConn
	conf    func(*Loop)     // further settings
	mem     *Loop           // to be used instead of new memory, if not nil
	fds     []int           // what the loops were given
	buf     [128 << 10]byte // of entry
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigWith(t, newState(t))
}

// newRigWith is newRig with a state.
func newRigWith(t *testing.T, st *State) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), state: st, conf: func(*Loop) {}}
	for i := range r.fifos {
		path := r.path(fmt.Sprint("fifo", i))
		r.must(syscall.Mkfifo(path, 0o600))
		f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
		r.must(err)
		r.fifos[i] = f
		r.stash[i], err = sys.DuplexPipe()
		r.must(err)
		t.Cleanup(func() { _, _ = f.Close(), r.stash[i].Close() })
	}
	r.control, r.attach = r.listen("control"), r.listen("attach")
	var err error
	r.journal, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: r.path("journal"), Net: "unixgram"})
	r.must(err)
	t.Cleanup(func() { _, _, _ = r.control.Close(), r.attach.Close(), r.journal.Close() })
	return r
}

// newState is the memory of a state, as a relay's set-up makes it.
func newState(t *testing.T) *State {
	t.Helper()
	mem, err := sys.Memory(StateSize)
	if err != nil {
		t.Fatal(err)
	}
	return (*State)(unsafe.Pointer(unsafe.SliceData(mem)))
}

func (r *rig) listen(name string) *net.UnixListener {
	r.t.Helper()
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: r.path(name), Net: "unixpacket"})
	r.must(err)
	return l
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// dup is a bare, non-blocking copy of a descriptor, as the loop wants it.
func (r *rig) dup(f *os.File) int {
	r.t.Helper()
	fd, err := sys.Dup(f)
	r.must(err)
	r.must(sys.SetNonblock(fd))
	r.fds = append(r.fds, fd)
	return fd
}

// close closes what loops that have ended were given.
func (r *rig) close() {
	for _, fd := range r.fds {
		_ = sys.Close(fd)
	}
}

// dupListener is dup of a listening socket.
func (r *rig) dupListener(l *net.UnixListener) int {
	r.t.Helper()
	f, err := l.File()
	r.must(err)
	defer func() { _ = f.Close() }()
	return r.dup(f)
}

// fd is a descriptor that a call has made.
func (r *rig) fd(fd int, err error) int {
	r.t.Helper()
	r.must(err)
	r.fds = append(r.fds, fd)
	return fd
}

// relay is one run of a loop over a rig, as a relay process would be.
type relay struct {
	loop *Loop
	stop func()
	done chan int
}

// start runs a loop. idle is its idle time in ms.
func (r *rig) start(idle int64) *relay {
	r.t.Helper()
	l := r.mem
	if l == nil {
		mem, err := sys.Memory(Size)
		r.must(err)
		l = (*Loop)(unsafe.Pointer(unsafe.SliceData(mem)))
	}
	l.SetState(r.state)
	l.SetIdle(idle)
	l.SetNull(r.fd(sys.DevNull()))
	for i, f := range r.fifos {
		if !l.SetStream(i, r.dup(f), r.dup(r.stash[i]), []byte(fmt.Sprintf("PRIORITY=%d\n", []int{6, 3}[i]))) {
			r.t.Fatal("fields do not fit")
		}
	}
	l.SetListeners(r.dupListener(r.control), r.dupListener(r.attach))
	if !l.SetJournal(r.fd(sys.DatagramFD(0)), r.fd(sys.DatagramFD(0)), []byte(r.path("journal"))) {
		r.t.Fatal("journal path does not fit")
	}
	stop, raise, err := sys.EventFD()
	r.must(err)
	r.fds = append(r.fds, stop)
	l.SetStop(stop)
	r.conf(l)
	if e := l.Init(r.fd(sys.Epoll()), r.fd(sys.Epoll())); e < 0 {
		r.t.Fatal(syscall.Errno(-e))
	}
	run := &relay{l, raise, make(chan int, 1)}
	go func() { run.done <- l.Run() }()
	return run
}

// end stops the loop and waits for it.
func (run *relay) end() int {
	run.stop()
	return <-run.done
}

// entry reads one journal entry.
func (r *rig) entry() (prio, message string, partial bool) {
	r.t.Helper()
	r.must(r.journal.SetReadDeadline(time.Now().Add(patience)))
	n, err := r.journal.Read(r.buf[:])
	r.must(err)
	f, err := journal.Parse(r.buf[:n])
	r.must(err)
	return f.Get("PRIORITY"), f.Get("MESSAGE"), f.Get("CONTAINER_PARTIAL_MESSAGE") == "true"
}

// discard reads the journal until it is closed.
func (r *rig) discard() {
	for buf := make([]byte, 1<<16); ; {
		if _, err := r.journal.Read(buf); err != nil {
			return
		}
	}
}

// ask connects to the control socket and makes a request.
func (r *rig) ask(request string) *net.UnixConn {
	r.t.Helper()
	c, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: r.path("control"), Net: "unixpacket"})
	r.must(err)
	r.t.Cleanup(func() { _ = c.Close() })
	r.must(c.SetDeadline(time.Now().Add(patience)))
	_, err = c.Write([]byte(request))
	r.must(err)
	return c
}

// answer reads the one-byte answer.
func (r *rig) answer(c *net.UnixConn) byte {
	r.t.Helper()
	var b [1]byte
	_, err := sys.ReadPacket(c, b[:])
	r.must(err)
	return b[0]
}

func (r *rig) write(stream int, text string) {
	r.t.Helper()
	if _, err := r.fifos[stream].WriteString(text); err != nil {
		r.t.Fatal(err)
	}
}

// packet reads one packet.
func (r *rig) packet(c *net.UnixConn) string {
	r.t.Helper()
	var b [1 + PacketData + 1]byte
	n, err := sys.ReadPacket(c, b[:])
	r.must(err)
	return string(b[:n])
}
