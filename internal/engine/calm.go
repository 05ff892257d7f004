package engine

import (
	"time"

	"github.com/unitmon/unitmon/internal/sys"
)

// watcherSlack is by how much the sleeps of the Go runtime's threads in the
// monitor may be longer. The only one that sleeps by the clock looks every 20 us
// after a goroutine that has worked for too long, as long as one works; there is
// nobody else here whom that would help, and it is a tenth of what a launch costs.
const watcherSlack = 10 * time.Millisecond

// calm sets that for the program that this thread executes or starts: all its
// threads inherit it, and the runtime's watcher is there before any code of ours.
// Without it the monitor is only slower.
func calm() { _ = sys.SetTimerSlack(watcherSlack) }

// wake ends it for the calling thread, which is the one that works, and for all
// that it starts.
func wake() { _ = sys.SetTimerSlack(sys.DefaultTimerSlack) }
