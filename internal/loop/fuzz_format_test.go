package loop

import (
	"bytes"
	"testing"

	"github.com/unitmon/unitmon/internal/logfile"
)

// FuzzFormat shows of any bytes that a batch of records is what its lines give one
// by one, that it goes beyond a file's size only where a line must stay whole, and
// that a part of it that was written is cut after a whole record.
func FuzzFormat(f *testing.F) {
	f.Add([]byte("one\ntwo\n\nthree"), uint16(100), uint16(60), uint16(200), byte(0))
	f.Add(bytes.Repeat([]byte("a line\n"), 99), uint16(1), uint16(0), uint16(1000), byte(1))
	f.Add(append(bytes.Repeat([]byte("long"), MaxLine/3), "\nshort\n"...), uint16(0), uint16(9), uint16(60000), byte(2))
	l, stamp := new(Loop), new(logfile.Stamp)
	l.SetState(new(State))
	stamp.Set(1795249162, 32465950, 3600)
	f.Fuzz(func(t *testing.T, in []byte, most, size, written uint16, bits byte) {
		kind, force, stream := int(bits&1), bits&2 != 0, int(bits>>2&1)
		l.SetFile(0, kind, []byte("/log"), int64(most), 1, true)
		x := &l.files[0]
		x.size = int64(size)
		l.state.files[0].midLine = bits&8 != 0
		before := bytes.Clone(in)
		p := l.format(0, stream, in, force, stamp)
		if !bytes.Equal(before, in) {
			t.Fatal("the lines were changed")
		}
		out := bytes.Clone(l.out[:p.out])
		records := oneByOne(x, stamp, stream, in[:p.used], force)
		if !bytes.Equal(out, bytes.Join(records, nil)) {
			t.Fatalf("%q became %q", in[:p.used], out)
		}
		if end := x.size + int64(p.out); most > 0 && end > int64(most) && !l.state.files[0].midLine && !p.midLine && len(records) > 1 {
			t.Errorf("%d records end at %d, beyond %d", len(records), end, most)
		}
		if next := nextRecord(in[p.used:], force); next.used > 0 && !p.rotate &&
			x.record(l.out[p.out:], stamp, stream, in[p.used:][:next.text], next.partial) > 0 {
			t.Errorf("one more record has room after %d bytes", p.out)
		}
		part := l.whole(in, min(int(written), p.out))
		if want := oneByOne(x, stamp, stream, in[:part.used], force); !bytes.Equal(out[:part.out], bytes.Join(want, nil)) ||
			part.out > int(written) || len(want) < len(records) && part.out+len(records[len(want)]) <= int(written) {
			t.Errorf("of %d bytes %d are kept, %d records of %d", written, part.out, len(want), len(records))
		}
	})
}

// oneByOne are the records of b.
func oneByOne(x *file, stamp *logfile.Stamp, stream int, b []byte, force bool) (list [][]byte) {
	for len(b) > 0 {
		r := nextRecord(b, force)
		if r.used == 0 {
			r = record{text: len(b), used: len(b), partial: true} // a line that was cut at MaxLine
		}
		dst := make([]byte, 6*r.text+128)
		list = append(list, dst[:x.record(dst, stamp, stream, b[:r.text], r.partial)])
		b = b[r.used:]
	}
	return list
}
