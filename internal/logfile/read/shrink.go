package read

import "bytes"

// headLen is how much of a file's beginning tells it from another: a time to
// the nanosecond.
const headLen = 64

// shrunk looks whether the first file is shorter than what was read of it, and
// finds where to go on: a file that begins as before was cut back by its
// writer, which takes back a record that it could not write as a whole, and one
// that does not was begun anew. Records that were given and then taken back may
// come again.
func (r *Reader) shrunk() (bool, error) {
	f := r.chain.files[0]
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	var now [headLen]byte
	n, _ := f.ReadAt(now[:min(info.Size(), headLen)], 0) // what cannot be read is not the same
	if info.Size() >= r.lines.off {
		if len(r.head) < n {
			r.head = bytes.Clone(now[:n])
		}
		return false, nil
	}
	known := min(n, len(r.head))
	switch {
	case known == 0 || !bytes.Equal(now[:known], r.head[:known]):
		r.begin(0)
	case r.lines.given() <= info.Size():
		r.lines.reset(r.lines.given())
	default:
		r.lines.reset(newBackward(f, info.Size()).end())
		r.long = nil
	}
	return true, nil
}
