package read

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// checkDir reports an error if dir is no directory.
func checkDir(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: dir, Err: errors.New("not a directory")}
	}
	return err
}

// seekTail makes the chain begin with the last lines, by reading backwards from
// the end of the live file.
func (r *Reader) seekTail() error {
	tail := NewTail(r.o.Tail)
	first, off := len(r.chain.files)-1, int64(0)
	for i := first; i >= 0; i-- {
		f := r.chain.files[i]
		info, err := f.Stat()
		if err != nil {
			return err
		}
		b := newBackward(f, info.Size())
		if i == len(r.chain.files)-1 {
			off = b.end() // if nothing at all is wanted
		}
		at, found, done := r.searchBack(b, tail)
		if b.err != nil && !errors.Is(b.err, io.EOF) {
			return fmt.Errorf("read %s backwards: %w", f.Name(), b.err)
		}
		if found {
			first, off = i, at
		}
		if done {
			break
		}
	}
	for range max(first, 0) {
		if err := r.chain.drop(); err != nil {
			return err
		}
	}
	r.begin(off)
	r.skip = tail.Skip()
	return nil
}

// searchBack adds a file's records to tail and returns where the earliest that
// is wanted begins.
func (r *Reader) searchBack(b *backward, tail *Tail) (at int64, found, done bool) {
	for !done {
		line, ok := b.prev()
		if !ok {
			return at, found, false
		}
		rec := r.parse.parse(line)
		if !rec.Time.IsZero() && rec.Time.Before(r.o.Since) {
			return at, found, true
		}
		var wanted bool
		wanted, done = tail.Add(rec.Stream, rec.Partial)
		if wanted {
			at, found = b.end(), true
		}
	}
	return at, found, true
}
