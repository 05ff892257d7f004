package sdproxy

import (
	"sync/atomic"

	"github.com/unitmon/unitmon/internal/sys"
)

// maxClosing is from how many descriptors in closing no datagram is taken any
// more; the last one may have brought 253. Each datagram may hold a thread.
const maxClosing = 16

// closing closes descriptors that strangers have sent, beside the caller.
type closing struct{ left atomic.Int32 }

// start takes the descriptors over.
func (c *closing) start(fds []int) {
	if len(fds) == 0 {
		return
	}
	c.left.Add(int32(len(fds)))
	go func() {
		for _, fd := range fds {
			_ = sys.Close(fd) // it is gone in every case, close(2)
			c.left.Add(-1)
		}
	}()
}

// full reports whether there is enough to do.
func (c *closing) full() bool { return c.left.Load() >= maxClosing }
