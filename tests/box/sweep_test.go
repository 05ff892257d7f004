package box

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A control group without a keeper goes; one with a keeper stays. The sweep
// knows them by the lock alone, so plain directories do for it.
func TestSweep(t *testing.T) {
	base := t.TempDir()
	for _, name := range []string{"unitmon-box-kept-1", "unitmon-box-lost-2/sub", "other"} {
		if err := os.MkdirAll(filepath.Join(base, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := lockDir(filepath.Join(base, "unitmon-box-kept-1"), unix.LOCK_EX|unix.LOCK_NB)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	sweep(base)
	for name, want := range map[string]bool{"unitmon-box-kept-1": true, "unitmon-box-lost-2": false, "other": true} {
		_, err := os.Stat(filepath.Join(base, name))
		if got := !errors.Is(err, fs.ErrNotExist); got != want {
			t.Errorf("%s exists: %v", name, got)
		}
	}
}
