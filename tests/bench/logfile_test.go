package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/kit"
)

// The fixed places in a record of a k8s-file, "TIME stdout F TEXT\n", where TIME
// has 35 bytes.
const (
	recordTag  = 43
	recordText = 45
)

// contents is what is in a k8s-file.
type contents struct {
	bytes    int64 // of text, with the newlines that the container wrote
	partials int   // records with the tag P
}

// readLog reads a k8s-file. All records are of stdout or stderr.
func readLog(path string) (contents, error) {
	f, err := os.Open(path)
	if err != nil {
		return contents{}, err
	}
	defer func() { _ = f.Close() }()
	var c contents
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return c, nil
		}
		if err != nil || len(line) < recordText {
			return c, fmt.Errorf("%s: record %.60q: %w", path, line, err)
		}
		c.bytes += int64(len(line) - recordText)
		if line[recordTag] == 'P' {
			c.bytes-- // the newline is the file's
			c.partials++
		}
	}
}

// tail is the end of the text in a k8s-file, at least its last line.
func tail(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	buf := make([]byte, min(end, 128<<10))
	if _, err := f.ReadAt(buf, end-int64(len(buf))); err != nil {
		return nil, err
	}
	var text []byte
	for i, line := range bytes.SplitAfter(buf, []byte("\n")) {
		if cut := i == 0 && int64(len(buf)) < end; cut || len(line) < recordText {
			continue
		}
		text = append(text, line[recordText:]...)
		if line[recordTag] == 'P' {
			text = text[:len(text)-1]
		}
	}
	return text, nil
}

// awaitTail waits until the text of a k8s-file ends with what is wanted. The
// kernel tells of writes, from now on only: a monitor pays for being watched.
func awaitTail(tb testing.TB, path, want string) {
	tb.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		tb.Fatal(os.NewSyscallError("inotify_init1", err))
	}
	events := os.NewFile(uintptr(fd), "inotify")
	defer func() { _ = events.Close() }()
	dir := filepath.Dir(path) // the file may not be there yet
	if _, err := syscall.InotifyAddWatch(fd, dir, syscall.IN_MODIFY|syscall.IN_CREATE|syscall.IN_MOVED_TO); err != nil {
		tb.Fatal(&os.PathError{Op: "inotify_add_watch", Path: dir, Err: err})
	}
	if err := events.SetReadDeadline(time.Now().Add(kit.Patience)); err != nil {
		tb.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	for {
		text, err := tail(path)
		if err == nil && bytes.HasSuffix(text, []byte(want)) {
			return
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			tb.Fatal(err)
		}
		if _, err := events.Read(buf); err != nil {
			tb.Fatalf("%s ends with %.100q and not with %q: %v", path, text[max(0, len(text)-100):], want, err)
		}
	}
}
