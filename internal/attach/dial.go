package attach

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// maxPath is the longest path that an address has room for, with the zero byte
// behind it (sun_path, unix(7)).
const maxPath = 107

// dial connects to the SOCK_SEQPACKET socket at path, however long that is: a
// path that an address has no room for is reached by way of its directory.
func dial(ctx context.Context, path string) (*net.UnixConn, error) {
	address := path
	if len(path) > maxPath {
		dir, err := os.Open(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		defer func() { _ = dir.Close() }()
		address = fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unixpacket", address)
	if err != nil {
		return nil, err
	}
	c, _ := conn.(*net.UnixConn)
	return c, nil
}
