package wire

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// maxSocketPath is the longest path of a socket, without its NUL (unix(7)).
const maxSocketPath = 107

// SocketLink makes the symbolic link dir/name to a bundle, by which clients
// reach the attach socket there, and returns its path, for [RemoveSocketLink]. A
// file of that name is replaced, a directory is an error.
//
// A path of exactly 107 bytes loses the last: so does conmon (conn_sock.c,
// socket_parent_dir), and CRI-O looks for it there. Other lengths are as they
// are; clients can use at most 100.
func SocketLink(dir, name, bundle string) (path string, err error) {
	if name == "" {
		return "", errors.New("attach link: no name for it")
	}
	path = SocketLinkPath(dir, name)
	target, err := filepath.Abs(bundle)
	if err != nil {
		return "", fmt.Errorf("attach link %s: %w", path, err)
	}
	if err := sys.Unlink(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("attach link: %w", err)
	}
	if err := os.Symlink(target, path); err != nil {
		return "", fmt.Errorf("attach link: %w", err)
	}
	return path, nil
}

// SocketLinkPath is the path of the link. It joins dir and name as
// g_build_filename does, with one slash and nothing else changed, so that the rule
// of 107 sees what CRI-O counts.
func SocketLinkPath(dir, name string) string {
	path := strings.TrimLeft(name, "/")
	if dir != "" {
		path = strings.TrimRight(dir, "/") + "/" + path
	}
	if len(path) == maxSocketPath {
		path = path[:maxSocketPath-1]
	}
	return path
}

// RemoveSocketLink removes a link that [SocketLink] has made. One that leads
// elsewhere by now is another's and stays; one that is gone is no error.
func RemoveSocketLink(path, bundle string) error {
	target, err := filepath.Abs(bundle)
	if err != nil {
		return fmt.Errorf("attach link %s: %w", path, err)
	}
	if to, err := os.Readlink(path); err != nil || to != target {
		return nil
	}
	if err := sys.Unlink(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("attach link: %w", err)
	}
	return nil
}
