package unit

import (
	"context"
	"errors"
	"testing"
)

// TestDialPrivate_None: without a private socket it is Dial, with its error.
func TestDialPrivate_None(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", "")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/bus")
	if c, err := DialPrivate(context.Background(), User); !errors.Is(err, ErrNoManager) {
		t.Errorf("%v, %v, want ErrNoManager", c, err)
	}
}
