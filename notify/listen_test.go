package notify_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/notify"
)

func TestListener_Path(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	l, err := notify.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := notify.Listen(path); err == nil {
		second.Close()
		t.Error("a second listener on the same path")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Close: %v", err)
	}
}

// TestListener_BadMessages: a sender's mistakes are errors that do not stop
// the listener, and descriptors in them do not leak.
func TestListener_BadMessages(t *testing.T) {
	l, s := pair(t, filepath.Join(t.TempDir(), "notify"))
	raw, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for _, text := range []string{"", strings.Repeat("x", notify.MaxMessage+1), "A=\x00\nREADY=1", "MAINPID=x"} {
		if _, err := raw.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		m, err := l.Receive(t.Context())
		if !errors.Is(err, notify.ErrMessage) || m.State.Ready {
			t.Errorf("%.20q: %+v, %v", text, m.State, err)
		}
	}
	if err := s.Send(notify.Ready); err != nil {
		t.Fatal(err)
	}
	if m := receive(t, l); !m.State.Ready {
		t.Errorf("received %+v", m.State)
	}
}

func TestListener_ReceiveEnds(t *testing.T) {
	l, s := pair(t, filepath.Join(t.TempDir(), "notify"))
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := l.Receive(ctx); !errors.Is(err, cause) {
		t.Errorf("%v, want the cause", err)
	}
	s.Send(notify.Ready)
	receive(t, l)
}
