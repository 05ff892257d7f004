package oom

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Files writes the empty file "oom", mode 0644, into the container's persist
// directory and its bundle, by which engines know of an OOM: CRI-O looks in the
// bundle, podman in the persist directory. A directory "" is left out. A file
// that is there stays, so it may be called for each OOM.
func Files(persistDir, bundle string) error {
	var err error
	for _, dir := range []string{persistDir, bundle} {
		if dir != "" {
			err = errors.Join(err, touch(filepath.Join(dir, "oom")))
		}
	}
	return err
}

func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o644), f.Close()) // whatever the umask
}
