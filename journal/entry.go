package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrField says that the name of a field is not [A-Z][A-Z0-9_]{0,63}, and
	// journald would drop the field silently.
	ErrField = errors.New("invalid journal field name")
	// ErrTooLarge says that an entry would be, or is, longer than MaxEntry.
	ErrTooLarge = errors.New("journal entry too large")
)

// Entry is one journal entry in the native encoding, built field by field in
// the order of the calls. A name may come more than once; journald keeps all
// values. The zero Entry is empty and ready. An Entry keeps its memory when
// it is truncated, so that building the next one does not allocate.
type Entry struct {
	buf []byte
}

// Append adds a field. The value may be any bytes and is copied. On an error
// the Entry is as it was.
func (e *Entry) Append(name string, value []byte) error {
	binaryForm := bytes.IndexByte(value, '\n') >= 0
	if err := e.begin(name, binaryForm, len(value)); err != nil {
		return err
	}
	e.buf = append(append(e.buf, value...), '\n')
	return nil
}

// AppendString is Append for a string.
func (e *Entry) AppendString(name, value string) error {
	binaryForm := strings.IndexByte(value, '\n') >= 0
	if err := e.begin(name, binaryForm, len(value)); err != nil {
		return err
	}
	e.buf = append(append(e.buf, value...), '\n')
	return nil
}

// begin adds what precedes a value of n bytes: "NAME=", or, since a newline
// would end that form, "NAME\n" and the length as 64 bits, little endian.
func (e *Entry) begin(name string, binaryForm bool, n int) error {
	if !validName(name, false) {
		return fmt.Errorf("%w: %q", ErrField, name)
	}
	const overhead = 10 // "\n", the length, "\n"
	if n > MaxEntry || len(e.buf)+len(name)+n+overhead > MaxEntry {
		return fmt.Errorf("%w: %s of %d bytes after %d", ErrTooLarge, name, n, len(e.buf))
	}
	e.buf = append(e.buf, name...)
	if binaryForm {
		e.buf = binary.LittleEndian.AppendUint64(append(e.buf, '\n'), uint64(n))
	} else {
		e.buf = append(e.buf, '=')
	}
	return nil
}

// Len returns the size of what was added so far, in bytes, for Truncate.
func (e *Entry) Len() int { return len(e.buf) }

// Truncate takes away what was added since Len returned n. It panics if the
// Entry is shorter.
func (e *Entry) Truncate(n int) {
	if n > len(e.buf) { // within the capacity, slicing alone would not tell
		panic("journal: Truncate beyond the end of the Entry")
	}
	e.buf = e.buf[:n]
}

// Bytes returns the encoded entry. It is valid until the next change.
func (e *Entry) Bytes() []byte { return e.buf }
