package unitbus

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/unitmon/unitmon/unit"
)

// TestDial_PrivateAtOnce: a manager may read the end of the handshake and the
// first call in one piece. It then sleeps until more comes, so that a call
// which is all of it is never answered.
func TestDial_PrivateAtOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "systemd"), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "systemd/private"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go inOnePiece(l, "/run/systemd/private")
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c, err := unit.Dial(ctx, unit.User)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.State(ctx, "basic.target"); err != nil || !c.Private() { // a short call
		t.Errorf("private %v, %v", c.Private(), err)
	}
}

// inOnePiece connects the first client of l with path, and hands the end of the
// handshake on only with what follows it.
func inOnePiece(l net.Listener, path string) {
	client, err := l.Accept()
	if err != nil {
		return
	}
	defer func() { _ = client.Close() }()
	manager, err := net.Dial("unix", path)
	if err != nil {
		return
	}
	defer func() { _ = manager.Close() }()
	go func() { _, _ = io.Copy(client, manager) }()
	var held []byte
	for buf := make([]byte, 64<<10); ; {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		held = append(held, buf[:n]...)
		if bytes.HasSuffix(held, []byte("BEGIN\r\n")) {
			continue
		}
		if _, err := manager.Write(held); err != nil {
			return
		}
		held = nil
	}
}
