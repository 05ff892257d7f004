package bus

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

type property struct {
	Name  string
	Value dbus.Variant
}

type aux struct {
	Name       string
	Properties []property
}

// transient is a call with all that calls have.
func transient() Call {
	c := Call{Destination: "org.example.a", Path: "/org/example", Interface: "org.example.I", Member: "M", Signature: "ssbua(sv)a(sa(sv))"}
	a := &c.Args
	a.String("x.scope")
	a.String("")
	a.Bool(true)
	a.Uint32(7)
	a.Array(8, func() {
		a.Property("Text", "s", func() { a.String("é…") })
		a.Property("Flag", "b", func() { a.Bool(false) })
		a.Property("PIDs", "au", func() { a.Array(4, func() { a.Uint32(0); a.Uint32(1) }) })
	})
	a.Array(8, func() {})
	return c
}

// TestCall: another implementation reads what is written here.
func TestCall(t *testing.T) {
	c := transient()
	m, err := dbus.DecodeMessage(bytes.NewReader(c.append(nil, 5)))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.IsValid(); err != nil || m.Type != dbus.TypeMethodCall || m.Serial() != 5 || m.Flags != dbus.FlagNoAutoStart {
		t.Errorf("%+v, %v", m, err)
	}
	for field, want := range map[dbus.HeaderField]any{
		dbus.FieldDestination: c.Destination, dbus.FieldPath: dbus.ObjectPath(c.Path),
		dbus.FieldInterface: c.Interface, dbus.FieldMember: c.Member, dbus.FieldSignature: dbus.ParseSignatureMust(c.Signature),
	} {
		if diff := cmp.Diff(want, m.Headers[field].Value(), cmp.AllowUnexported(dbus.Signature{})); diff != "" {
			t.Errorf("field %d (-want +got):\n%s", field, diff)
		}
	}
	var name, empty string
	var flag bool
	var n uint32
	var props []property
	var others []aux
	if err := dbus.Store(m.Body, &name, &empty, &flag, &n, &props, &others); err != nil {
		t.Fatal(err)
	}
	if name != "x.scope" || empty != "" || !flag || n != 7 || len(others) != 0 || len(props) != 3 {
		t.Errorf("%v", m.Body)
	}
	for i, want := range []any{"é…", false, []uint32{0, 1}} {
		if diff := cmp.Diff(want, props[i].Value.Value()); diff != "" {
			t.Errorf("property %d (-want +got):\n%s", i, diff)
		}
	}
	c = Call{Destination: "a.b", Path: "/", Interface: "a.b", Member: "M", NoReply: true}
	m, err = dbus.DecodeMessage(bytes.NewReader(c.append(nil, 1)))
	if err != nil || m.Flags != dbus.FlagNoAutoStart|dbus.FlagNoReplyExpected || len(m.Body) != 0 {
		t.Errorf("without arguments: %+v, %v", m, err)
	}
}

// sample is a message by another implementation.
func sample(t testing.TB, order binary.ByteOrder, typ dbus.Type, headers map[dbus.HeaderField]any, body ...any) []byte {
	t.Helper()
	m := &dbus.Message{Type: typ, Headers: map[dbus.HeaderField]dbus.Variant{}, Body: body}
	for k, v := range headers {
		m.Headers[k] = dbus.MakeVariant(v)
	}
	if len(body) > 0 {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(body...))
	}
	var b bytes.Buffer
	if err := m.EncodeTo(&b, order); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func samples(t testing.TB, o binary.ByteOrder) (reply, failure, signal, variant, other []byte) {
	reply = sample(t, o, dbus.TypeMethodReply, map[dbus.HeaderField]any{dbus.FieldReplySerial: uint32(3), dbus.FieldSender: ":1.0"}, dbus.ObjectPath("/job/1"))
	failure = sample(t, o, dbus.TypeError, map[dbus.HeaderField]any{dbus.FieldReplySerial: uint32(4), dbus.FieldErrorName: "a.b.C"}, "some text")
	signal = sample(t, o, dbus.TypeSignal, map[dbus.HeaderField]any{
		dbus.FieldPath: dbus.ObjectPath("/x"), dbus.FieldInterface: "a.b", dbus.FieldMember: "JobRemoved", dbus.FieldSender: ":1.0",
	}, uint32(1), dbus.ObjectPath("/job/1"), "x.scope", "done")
	variant = sample(t, o, dbus.TypeMethodReply, map[dbus.HeaderField]any{dbus.FieldReplySerial: uint32(3)}, dbus.MakeVariant("active"))
	other = sample(t, o, dbus.TypeSignal, map[dbus.HeaderField]any{
		dbus.FieldPath: dbus.ObjectPath("/x"), dbus.FieldInterface: "a.b", dbus.FieldMember: "PropertiesChanged",
	}, "x", map[string]dbus.Variant{"A": dbus.MakeVariant(uint64(1))}, []string{})
	return
}

func TestMessage(t *testing.T) {
	for _, o := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		reply, failure, signal, variant, other := samples(t, o)
		for _, c := range []struct {
			raw  []byte
			want Message
			args []string
			err  error
		}{
			{reply, Message{Type: TypeReturn, ReplySerial: 3, Sender: ":1.0", Signature: "o"}, []string{"/job/1"}, nil},
			{failure, Message{Type: TypeError, ReplySerial: 4, ErrorName: "a.b.C", Signature: "s"}, []string{"some text"}, nil},
			{signal, Message{Type: TypeSignal, Interface: "a.b", Member: "JobRemoved", Sender: ":1.0", Signature: "uoss"}, []string{"/job/1", "x.scope", "done"}, nil},
			{variant, Message{Type: TypeReturn, ReplySerial: 3, Signature: "v"}, []string{"active"}, nil},
			{other, Message{Type: TypeSignal, Interface: "a.b", Member: "PropertiesChanged", Signature: "sa{sv}as"}, nil, ErrMalformed},
		} {
			n, err := size(c.raw)
			if err != nil || n != len(c.raw) {
				t.Fatalf("size %d, %v of %d bytes", n, err, len(c.raw))
			}
			m, err := parse(c.raw)
			if err != nil {
				t.Fatal(err)
			}
			args, err := m.Strings()
			if !errors.Is(err, c.err) || err == nil && !cmp.Equal(args, c.args) {
				t.Errorf("arguments %q, %v", args, err)
			}
			if diff := cmp.Diff(c.want, m, cmpopts.IgnoreUnexported(Message{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	}
}

func TestMessage_Err(t *testing.T) {
	reply, failure, _, _, _ := samples(t, binary.LittleEndian)
	m, _ := parse(failure)
	var e *Error
	if err := m.Err(); !errors.As(err, &e) || e.Name != "a.b.C" || err.Error() != "some text" {
		t.Errorf("%v", err)
	}
	if m, _ = parse(reply); m.Err() != nil {
		t.Errorf("%v", m.Err())
	}
	if got := (&Error{Name: "a.b.C"}).Error(); got != "a.b.C" {
		t.Error(got)
	}
}

func TestSize(t *testing.T) {
	reply, _, _, _, _ := samples(t, binary.LittleEndian)
	if n, err := size(reply[:15]); n != 0 || err != nil {
		t.Errorf("too short: %d, %v", n, err)
	}
	for at, v := range map[int]byte{0: 'x', 3: 2, 7: 1, 15: 1} { // order, version, sizes
		b := bytes.Clone(reply)
		b[at] = v
		if _, err := size(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

// FuzzParse: no bytes make it fail otherwise than with ErrMalformed, and what
// another implementation takes, this one reads alike.
func FuzzParse(f *testing.F) {
	for _, o := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		reply, failure, signal, variant, other := samples(f, o)
		for _, b := range [][]byte{reply, failure, signal, variant, other} {
			f.Add(b)
		}
	}
	c := transient()
	f.Add(c.append(nil, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := size(b)
		if err != nil || n == 0 || n > len(b) {
			return
		}
		m, err := parse(b[:n])
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%v", err)
			}
			return
		}
		args, err := m.Strings()
		total := 0
		for _, a := range args {
			total += len(a)
		}
		if err == nil && total > n {
			t.Errorf("%d bytes of arguments in %d", total, n)
		}
		_ = m.Err()
		theirs, err := dbus.DecodeMessage(bytes.NewReader(b[:n]))
		if err != nil || theirs.IsValid() != nil {
			return
		}
		if member, ok := theirs.Headers[dbus.FieldMember].Value().(string); ok && member != m.Member {
			t.Errorf("member %q, they read %q", m.Member, member)
		}
	})
}
