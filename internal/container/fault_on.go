//go:build unitmon_faults

package container

import (
	"fmt"
	"os"

	"github.com/unitmon/unitmon/internal/sys"
)

// step halts the process when $UNITMON_STOP_AT names this step, after it has
// written its pid to the FIFO $UNITMON_STOP_FIFO.
func step(name string) {
	if os.Getenv("UNITMON_STOP_AT") != name {
		return
	}
	f, err := os.OpenFile(os.Getenv("UNITMON_STOP_FIFO"), os.O_WRONLY, 0)
	if err != nil {
		return // nobody wants to know
	}
	_, _ = fmt.Fprintln(f, os.Getpid())
	_ = f.Close()
	sys.Halt()
}
