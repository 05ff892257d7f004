package sys

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

func TestStreamFD(t *testing.T) {
	name := filepath.Join(t.TempDir(), "socket")
	if _, err := ConnectStreamFD(name); !IsErrno(err, ENOENT) {
		t.Errorf("nobody there: %v", err)
	}
	if _, err := ConnectStreamFD("relative"); err == nil {
		t.Error("a relative path is taken")
	}
	l, err := net.Listen("unix", name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	fd, err := ConnectStreamFD(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = Close(fd) }()
	if kept, err := Inheritable(fd); kept || err != nil {
		t.Errorf("inherited by a child: %v, %v", kept, err)
	}
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	var buf [8]byte
	if _, err := ReceiveFD(fd, buf[:]); !IsErrno(err, EAGAIN) {
		t.Errorf("nothing there: %v", err)
	}
	if ok, err := AwaitReadable(fd, -time.Second); ok || err != nil {
		t.Errorf("nothing there: %v, %v", ok, err)
	}
	if n, err := SendFD(fd, []byte("ask")); n != 3 || err != nil {
		t.Errorf("sent %d, %v", n, err)
	}
	if n, err := peer.Read(buf[:]); err != nil || string(buf[:n]) != "ask" {
		t.Errorf("%q, %v", buf[:n], err)
	}
	if _, err := peer.Write([]byte("tell")); err != nil {
		t.Fatal(err)
	}
	for ok := false; !ok; { // a signal may come before
		if ok, err = AwaitReadable(fd, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := ReceiveFD(fd, buf[:]); err != nil || string(buf[:n]) != "tell" {
		t.Errorf("%q, %v", buf[:n], err)
	}
	if err := peer.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := ReceiveFD(fd, buf[:]); n != 0 || err != nil {
		t.Errorf("at the end %d, %v", n, err)
	}
	if _, err := SendFD(fd, buf[:]); !IsErrno(err, EPIPE) {
		t.Errorf("to nobody: %v", err)
	}
}
