package oci

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// reason is err with the path in front once, whatever call failed: "PATH:
// no such file or directory", not "PATH: stat PATH: no such …".
func reason(path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// readAll reads a file of at most max bytes; a larger one is an error, so that
// no file can make the program grow.
func readAll(f fs.File, max int64) ([]byte, error) {
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > max {
		return nil, fmt.Errorf("larger than %d bytes", max)
	}
	return data, nil
}

// readFile is readAll for a path. A FIFO does not block it: the type is known
// before the file is opened.
func readFile(path string, max int64) ([]byte, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, reason(path, err)
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(path, err)
	}
	defer func() { _ = f.Close() }()
	data, err := readAll(f, max)
	if err != nil {
		return nil, reason(path, err)
	}
	return data, nil
}
