package journal

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// ErrSyntax says that the input is not in the journal's export format or native
// encoding.
var ErrSyntax = errors.New("journal entry syntax")

// Field is one field of an entry.
type Field struct {
	Name  string
	Value []byte
}

// Fields are the fields of one entry in their order. Names may repeat.
type Fields []Field

// Time is when an entry was sent, or else when journald got it
// (systemd.journal-fields(7)); zero if neither is there.
func (f Fields) Time() time.Time {
	for _, name := range []string{"_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"} {
		if us, err := strconv.ParseInt(f.Get(name), 10, 64); err == nil {
			return time.UnixMicro(us)
		}
	}
	return time.Time{}
}

// Get returns the first value of a field as a string, and "" if there is
// none.
func (f Fields) Get(name string) string {
	v, _ := f.Lookup(name)
	return string(v)
}

// Lookup returns the first value of a field and whether there is one.
func (f Fields) Lookup(name string) (value []byte, ok bool) {
	for i := range f {
		if f[i].Name == name {
			return f[i].Value, true
		}
	}
	return nil, false
}

// Decoder reads entries in the export format, which is the native encoding
// with an empty line after each entry, as journalctl -o export prints it. It
// holds one entry at a time, of at most MaxEntry bytes and 2*MaxFields
// fields (journald adds some of its own to those of the client).
type Decoder struct {
	r    *bufio.Reader
	left int // bytes that the present entry may still have
}

// NewDecoder returns a Decoder that reads from r, which stays the caller's.
// It reads ahead.
func NewDecoder(r io.Reader) *Decoder { return &Decoder{r: bufio.NewReader(r)} }

// Next returns the next entry, or io.EOF after the last one. Other errors
// are final: they wrap ErrSyntax, ErrField, ErrTooLarge, io.ErrUnexpectedEOF
// or come from the reader. Unlike journald, which skips what it does not
// like, Next accepts nothing that journald would drop.
func (d *Decoder) Next() (Fields, error) {
	d.left = MaxEntry
	var entry Fields
	for {
		line, err := d.line()
		switch {
		case err == io.EOF && len(entry) > 0: //nolint:errorlint // line returns it bare
			return entry, nil
		case err != nil:
			return nil, err
		case len(line) > 0:
			if len(entry) == 2*MaxFields {
				return nil, fmt.Errorf("%w: more than %d fields", ErrTooLarge, 2*MaxFields)
			}
			field, err := d.field(line)
			if err != nil {
				return nil, err
			}
			entry = append(entry, field)
		case len(entry) > 0: // the empty line after an entry
			return entry, nil
		}
	}
}

// field completes the field that begins with a line.
func (d *Decoder) field(line []byte) (Field, error) {
	name, value, text := bytes.Cut(line, []byte{'='})
	if !validName(string(name), true) {
		return Field{}, fmt.Errorf("%w: %.80q", ErrField, name)
	}
	if text {
		return Field{string(name), value}, nil
	}
	value, err := d.binary()
	if err != nil {
		return Field{}, fmt.Errorf("value of %s: %w", name, err)
	}
	return Field{string(name), value}, nil
}

// binary reads a length, as many bytes, and a newline.
func (d *Decoder) binary() ([]byte, error) {
	var size [8]byte
	if _, err := io.ReadFull(d.r, size[:]); err != nil {
		return nil, unexpected(err)
	}
	n := binary.LittleEndian.Uint64(size[:])
	if n > uint64(d.left) {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, n)
	}
	d.left -= int(n)
	// Grown as the bytes come, so that a length alone costs no memory.
	var value bytes.Buffer
	if _, err := io.CopyN(&value, d.r, int64(n)); err != nil {
		return nil, unexpected(err)
	}
	if end, err := d.r.ReadByte(); err != nil {
		return nil, unexpected(err)
	} else if end != '\n' {
		return nil, fmt.Errorf("%w: %q after %d bytes", ErrSyntax, end, n)
	}
	return value.Bytes(), nil
}

// line reads a line and returns a copy without its newline; io.EOF only if
// there is nothing at all.
func (d *Decoder) line() ([]byte, error) {
	var line []byte
	for {
		part, err := d.r.ReadSlice('\n')
		line = append(line, part...)
		if d.left -= len(part); d.left < 0 {
			return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxEntry)
		}
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case err == io.EOF && len(line) == 0: //nolint:errorlint // bufio returns it bare
			return nil, io.EOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, unexpected(err)
		}
	}
}

func unexpected(err error) error {
	if err == io.EOF { //nolint:errorlint // the reader's own end
		return io.ErrUnexpectedEOF
	}
	return err
}

// Parse reads the one entry of a native datagram. The fields do not alias
// it. A second entry is an error (see the package's doc), and so is an empty
// datagram.
func Parse(datagram []byte) (Fields, error) {
	d := NewDecoder(bytes.NewReader(datagram))
	entry, err := d.Next()
	if err != nil {
		return nil, unexpected(err)
	}
	switch _, err := d.Next(); {
	case err == nil:
		return nil, fmt.Errorf("%w: a second entry in a datagram", ErrSyntax)
	case err != io.EOF: //nolint:errorlint // Next returns it bare
		return nil, err
	}
	return entry, nil
}
