package journal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/journal"
)

const export = "__CURSOR=s=1;i=2\n_PID=1\nMESSAGE=one\n\n" +
	"\n" + // journald tolerates more empty lines
	"MESSAGE\n\x04\x00\x00\x00\x00\x00\x00\x00a\n\nb\nPRIORITY=6\nPRIORITY=3\n\n"

func TestDecoder_Export(t *testing.T) {
	want := []journal.Fields{
		{{"__CURSOR", []byte("s=1;i=2")}, {"_PID", []byte("1")}, {"MESSAGE", []byte("one")}},
		{{"MESSAGE", []byte("a\n\nb")}, {"PRIORITY", []byte("6")}, {"PRIORITY", []byte("3")}},
	}
	for name, r := range map[string]io.Reader{
		"whole":     strings.NewReader(export),
		"one byte":  iotest.OneByteReader(strings.NewReader(export)),
		"with data": iotest.DataErrReader(strings.NewReader(export)),
	} {
		got, err := decodeAll(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestFields_Lookup(t *testing.T) {
	f := journal.Fields{{"A", nil}, {"B", []byte("1")}, {"B", []byte("2")}}
	if v, ok := f.Lookup("A"); !ok || len(v) != 0 {
		t.Errorf("A: %q, %v; want an empty value that is there", v, ok)
	}
	if _, ok := f.Lookup("C"); ok {
		t.Error("C is there")
	}
	if got := f.Get("B"); got != "1" {
		t.Errorf("B is %q, want the first value", got)
	}
}

func TestDecoder_Errors(t *testing.T) {
	boom := errors.New("boom")
	binaryOf := func(n uint64) string {
		return "A\n" + string(binary.LittleEndian.AppendUint64(nil, n))
	}
	tests := map[string]struct {
		in   io.Reader
		want error
	}{
		"empty":               {strings.NewReader(""), io.EOF},
		"only empty lines":    {strings.NewReader("\n\n"), io.EOF},
		"lower case":          {strings.NewReader("a=1\n"), journal.ErrField},
		"comment":             {strings.NewReader("#A=1\n"), journal.ErrField},
		"no newline":          {strings.NewReader("A=1"), io.ErrUnexpectedEOF},
		"length cut":          {strings.NewReader("A\n\x01"), io.ErrUnexpectedEOF},
		"value cut":           {strings.NewReader(binaryOf(5) + "abc"), io.ErrUnexpectedEOF},
		"end cut":             {strings.NewReader(binaryOf(3) + "abc"), io.ErrUnexpectedEOF},
		"no end":              {strings.NewReader(binaryOf(3) + "abcd"), journal.ErrSyntax},
		"huge length":         {strings.NewReader(binaryOf(1 << 63)), journal.ErrTooLarge},
		"length beyond limit": {strings.NewReader(binaryOf(journal.MaxEntry)), journal.ErrTooLarge},
		"many fields":         {strings.NewReader(strings.Repeat("A=\n", 2*journal.MaxFields+1)), journal.ErrTooLarge},
		"endless line":        {endless{}, journal.ErrTooLarge},
		"reader":              {io.MultiReader(strings.NewReader("A=1\nB"), iotest.ErrReader(boom)), boom},
	}
	for name, tt := range tests {
		if f, err := journal.NewDecoder(tt.in).Next(); !errors.Is(err, tt.want) || f != nil {
			t.Errorf("%s: %q, %v; want %v", name, f, err, tt.want)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}

func TestParse_OneEntry(t *testing.T) {
	for in, want := range map[string]error{
		"A=1\n":         nil,
		"A=1\n\n":       nil,
		"A=1\n\nB=2\n":  journal.ErrSyntax, // journald since 253 would lose B
		"":              io.ErrUnexpectedEOF,
		"A=1\n\nB=2\nC": io.ErrUnexpectedEOF,
	} {
		if _, err := journal.Parse([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", in, err, want)
		}
	}
}

func FuzzEntry_RoundTrip(f *testing.F) {
	f.Add("MESSAGE", []byte("hello"), "PRIORITY", []byte("6"))
	f.Add("MESSAGE", []byte("a\nb"), "MESSAGE", []byte(""))
	f.Add("A", []byte("\n"), "B", []byte("=\x00\xff"))
	f.Add("_A", []byte("x"), "é", []byte("x"))
	f.Fuzz(func(t *testing.T, n1 string, v1 []byte, n2 string, v2 []byte) {
		var e journal.Entry
		var want journal.Fields
		for _, field := range []journal.Field{{n1, v1}, {n2, v2}} {
			if e.Append(field.Name, field.Value) == nil {
				want = append(want, field)
			}
		}
		if want == nil {
			return
		}
		got, err := journal.Parse(e.Bytes())
		if err != nil {
			t.Fatalf("%q: %v", e.Bytes(), err)
		}
		sameBytes := cmp.Comparer(bytes.Equal)
		if diff := cmp.Diff(want, got, sameBytes); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzDecoder: no input makes it panic or hold more than the input, and what
// it accepts of a client's entry encodes to something equal.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte(export))
	f.Add([]byte("A\n\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("A\n\xff\xff\xff\x01\x00\x00\x00\x00"))
	f.Add([]byte("A=1"))
	f.Fuzz(func(t *testing.T, in []byte) {
		entries, err := decodeAll(bytes.NewReader(in))
		size := 0
		for _, fields := range entries {
			var e journal.Entry
			for _, field := range fields {
				size += len(field.Name) + len(field.Value)
				if field.Name[0] == '_' {
					continue
				}
				if err := e.Append(field.Name, field.Value); err != nil {
					t.Fatalf("decoded what cannot be encoded: %v", err)
				}
			}
		}
		if size > len(in) {
			t.Fatalf("%d bytes of input became %d", len(in), size)
		}
		if err == nil && len(in) > 0 && entries == nil && len(bytes.Trim(in, "\n")) > 0 {
			t.Fatalf("%q: nothing decoded and no error", in)
		}
	})
}

func decodeAll(r io.Reader) ([]journal.Fields, error) {
	var all []journal.Fields
	d := journal.NewDecoder(r)
	for {
		fields, err := d.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, fields)
	}
}

func TestFields_Time(t *testing.T) {
	sent, stored := journal.Field{Name: "_SOURCE_REALTIME_TIMESTAMP", Value: []byte("1000001")}, journal.Field{Name: "__REALTIME_TIMESTAMP", Value: []byte("2000002")}
	for _, tc := range []struct {
		fields journal.Fields
		want   time.Time
	}{
		{journal.Fields{stored, sent}, time.UnixMicro(1000001)},
		{journal.Fields{stored}, time.UnixMicro(2000002)},
		{journal.Fields{{Name: sent.Name, Value: []byte("soon")}, stored}, time.UnixMicro(2000002)},
		{nil, time.Time{}},
	} {
		if got := tc.fields.Time(); !got.Equal(tc.want) {
			t.Errorf("%q: %v, want %v", tc.fields, got, tc.want)
		}
	}
}
