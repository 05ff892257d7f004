package sys

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// pair is a listening stream socket and a connection to it.
func pair(t *testing.T) (listener *UnixSocket, client *net.UnixConn) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "socket")
	addr, err := ParseUnixAddr(path)
	if err != nil {
		t.Fatal(err)
	}
	listener, err = OpenUnixSocket(SockStream)
	if err == nil {
		err = errors.Join(listener.Chmod(0o700), listener.Bind(addr), listener.Listen(1))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	if fi, err := os.Lstat(path); err != nil || fi.Mode() != os.ModeSocket|0o700 {
		t.Errorf("%v, %v", fi, err)
	}
	if c, err := listener.AcceptNow(); !IsErrno(err, EAGAIN) {
		t.Errorf("a connection from nobody: %v, %v", c, err)
	}
	client, err = net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return listener, client
}

// TestSendFile: a message that was sent before its connection was accepted, and
// by one that has gone, is there; and the file is the same.
func TestSendFile(t *testing.T) {
	listener, client := pair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if err := errors.Join(SendFile(client, []byte("words"), w), w.Close(), client.Close()); err != nil {
		t.Fatal(err)
	}
	conn, err := listener.AcceptNow()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	m, err := conn.ReceiveNow(make([]byte, 10))
	if err != nil || string(m.Data) != "words" || len(m.Files) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	if _, err := m.Files[0].WriteString("x"); err != nil {
		t.Error(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	var buf [2]byte
	if n, err := r.Read(buf[:]); n != 1 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if m, err := conn.ReceiveNow(buf[:]); err != nil || len(m.Data) != 0 || len(m.Files) != 0 {
		t.Errorf("at the end: %+v, %v", m, err)
	}
}

func TestReceiveNow_Nothing(t *testing.T) {
	listener, _ := pair(t)
	conn, err := listener.AcceptNow()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if m, err := conn.ReceiveNow(make([]byte, 10)); !IsErrno(err, EAGAIN) {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestSendFile_Gone: the error of a peer that has gone is one that callers
// recognise.
func TestSendFile_Gone(t *testing.T) {
	listener, client := pair(t)
	conn, err := listener.AcceptNow()
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
	if err := SendFile(client, []byte("x"), os.Stderr); !IsErrno(err, EPIPE) {
		t.Error(err)
	}
	_ = client.Close()
	if err := SendFile(client, []byte("x"), os.Stderr); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}
