package sdproxy

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/notify"
)

func TestProxy(t *testing.T) {
	r := newRig(t)
	r.bind()
	for _, m := range []string{"READY=1", "STATUS=a=b", "MAINPID=1", "WATCHDOG=1", "STOPPING=1"} {
		if err := r.say(m, "FDNAME=x"); err != nil {
			t.Errorf("%s: %v", m, err)
		}
	}
	r.expect("READY=1", "STATUS=a=b", "WATCHDOG=1", "STOPPING=1")
	r.silent()
	if readable(t, r.FD()) {
		t.Error("ready without a reason")
	}
}

// TestProxy_Sender: the manager sees this process, which is in the unit, and
// both kinds of address work.
func TestProxy_Sender(t *testing.T) {
	for _, path := range []string{abstractName(t), filepath.Join(t.TempDir(), "host")} {
		manager, err := notify.Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		defer manager.Close()
		bundle := newBundle(t)
		r := &rig{t: t, Proxy: listen(t, bundle, path)}
		r.container = open(t, filepath.Join(bundle, "notify/notify.sock"))
		if err := r.say(notify.Ready, notify.Status("up")); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		m, err := manager.Receive(t.Context())
		if err != nil || m.From.PID != os.Getpid() || !m.State.Ready || m.State.Status.V != "up" {
			t.Errorf("%s: %+v, %v", path, m, err)
		}
	}
}

// TestProxy_DeadHost: what a host that is not there misses, it gets when it
// comes, without another message of the container's.
func TestProxy_DeadHost(t *testing.T) {
	r := newRig(t)
	if err := r.say("READY=1", "STATUS=a"); !errors.Is(err, unix.ENOENT) {
		t.Errorf("first failure: %v", err)
	}
	for _, m := range []string{"STATUS=b", "WATCHDOG=1", "STATUS=c"} {
		if err := r.say(m); err != nil {
			t.Errorf("reported again: %v", err)
		}
	}
	r.bind()
	r.readyUntil(func() bool { return len(r.kept) == 0 })
	r.expect("READY=1", "WATCHDOG=1", "STATUS=c")
	r.silent()
	if readable(t, r.FD()) || r.armed {
		t.Error("the timer goes on")
	}

	// And it may go and come again.
	r.leave()
	if err := r.say("STOPPING=1"); err == nil {
		t.Error("the second failure is not reported")
	}
	r.bind()
	r.readyUntil(func() bool { return len(r.kept) == 0 })
	r.expect("STOPPING=1")
}

// TestProxy_NextDatagram: what is kept goes with the next message, before it.
func TestProxy_NextDatagram(t *testing.T) {
	r := newRig(t)
	_ = r.say("READY=1")
	r.bind()
	if err := r.say("STOPPING=1"); err != nil {
		t.Error(err)
	}
	r.expect("READY=1", "STOPPING=1")

	// One of which nothing goes on is an occasion too.
	r.leave()
	_ = r.say("STATUS=x")
	r.bind()
	if err := r.say("X_OWN=1"); err != nil {
		t.Error(err)
	}
	r.expect("STATUS=x")
	r.silent()
}

func TestProxy_DelayGrows(t *testing.T) {
	r := newRig(t)
	_ = r.say("READY=1")
	for want := 2 * firstDelay; want <= 4*firstDelay; want *= 2 {
		if err := r.ready(); err != nil || r.delay != want || !r.armed {
			t.Errorf("delay %v, want %v; %v", r.delay, want, err)
		}
	}
	r.delay = lastDelay
	r.armed = false
	if err := r.arm(); err != nil || r.delay != lastDelay {
		t.Errorf("delay %v, %v", r.delay, err)
	}
	r.bind()
	if err := r.flush(); err != nil || r.delay != 0 || r.armed {
		t.Errorf("after success: delay %v, %v", r.delay, err)
	}
}

// TestProxy_FullHost: a manager that does not read loses no order, no READY=1
// and not the last status.
func TestProxy_FullHost(t *testing.T) {
	r := newRig(t)
	r.bind()
	last := 0
	for len(r.kept) == 0 {
		last++
		if err := r.say("STATUS=" + strconv.Itoa(last)); err != nil && !errors.Is(err, unix.EAGAIN) {
			t.Fatal(err)
		}
	}
	_ = r.say("READY=1")
	for range 100 {
		last++
		_ = r.say("STATUS=" + strconv.Itoa(last))
	}
	var got []string
	for len(r.kept) > 0 {
		got = append(got, r.heard())
		if err := r.ready(); err != nil {
			t.Fatal(err)
		}
	}
	for waiting(t, r.host) {
		got = append(got, r.heard())
	}
	number, readies := 0, 0
	for _, m := range got {
		if m == "READY=1" {
			readies++
			continue
		}
		n, err := strconv.Atoi(strings.TrimPrefix(m, "STATUS="))
		if err != nil || n <= number {
			t.Errorf("%q after %d", m, number)
		}
		number = n
	}
	if number != last || readies != 1 {
		t.Errorf("%d times READY=1, last status %d of %d", readies, number, last)
	}
}

// TestProxy_TooLong: what the socket cannot send at any time does not hold up
// the rest.
func TestProxy_TooLong(t *testing.T) {
	r := newRig(t)
	r.bind()
	if err := unix.SetsockoptInt(r.out, unix.SOL_SOCKET, unix.SO_SNDBUF, 1); err != nil {
		t.Fatal(err)
	}
	long := "STATUS=" + strings.Repeat("x", 30000)
	for _, text := range []string{long, long + "\nREADY=1"} {
		if err := r.relay([]byte(text)); err != nil || len(r.kept) > 0 {
			t.Errorf("%v, %d kept", err, len(r.kept))
		}
	}
	r.expect("READY=1")
	r.silent()
}

// TestProxy_NoAddress: a host that can never be reached is told of once, and
// costs nothing.
func TestProxy_NoAddress(t *testing.T) {
	bundle := newBundle(t)
	r := &rig{t: t, Proxy: listen(t, bundle, "vsock:2:1")}
	r.container = open(t, filepath.Join(bundle, "notify/notify.sock"))
	if err := r.say("READY=1"); err == nil || !strings.Contains(err.Error(), "vsock:2:1") {
		t.Errorf("%v", err)
	}
	if err := r.say("READY=1"); err != nil {
		t.Errorf("reported again: %v", err)
	}
	if len(r.kept) > 0 || r.armed {
		t.Errorf("kept %q, timer %v", texts(r.kept), r.armed)
	}
}

func TestProxy_Flush(t *testing.T) {
	r := newRig(t)
	_ = r.say("READY=1")
	r.bind()
	for _, m := range []string{"STATUS=a", "STATUS=b"} {
		if err := r.container.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Flush(); err != nil {
		t.Error(err)
	}
	r.expect("READY=1", "STATUS=a", "STATUS=b")
	if err := r.Flush(); err != nil {
		t.Errorf("with nothing to do: %v", err)
	}
	r.silent()
}

// TestProxy_Barrier: it ends when all before it is with the host, not sooner.
func TestProxy_Barrier(t *testing.T) {
	r := newRig(t)
	r.bind()
	done := make(chan error)
	go func() { done <- r.container.Barrier(t.Context()) }()
	if err := r.ready(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("with nothing before it: %v", err)
	}

	r.leave()
	_ = r.say("READY=1")
	end, w := pipe(t)
	if err := r.container.SendFiles([]string{"BARRIER=1"}, w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := r.ready(); err != nil {
		t.Error(err)
	}
	if err := end.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := end.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || len(r.barriers) != 1 {
		t.Errorf("the barrier ended before the message was sent: %v", err)
	}
	r.bind()
	r.readyUntil(func() bool { return len(r.kept) == 0 })
	ended(t, end)
	r.expect("READY=1")
	r.silent()
}

// ended waits for the end of a pipe.
func ended(t *testing.T, r *os.File) {
	t.Helper()
	if err := r.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("%v, want the end of the pipe", err)
	}
}
