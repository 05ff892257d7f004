package bus

import "encoding/binary"

// Message types, header flags and header fields of the specification that
// occur here.
const (
	TypeReturn = 2
	TypeError  = 3
	TypeSignal = 4

	typeCall = 1

	flagNoReply     = 1
	flagNoAutoStart = 2

	fieldPath        = 1
	fieldInterface   = 2
	fieldMember      = 3
	fieldErrorName   = 4
	fieldReplySerial = 5
	fieldDestination = 6
	fieldSender      = 7
	fieldSignature   = 8
)

// Call is a method call. Signature is that of Args.
type Call struct {
	Destination, Path, Interface, Member string

	Signature string
	Args      Args

	NoReply bool // no answer is wanted, not even an error
}

// append adds the call as a message to b. Nothing is started by it: a manager
// that is not there is an error.
func (c *Call) append(b []byte, serial uint32) []byte {
	flags := byte(flagNoAutoStart)
	if c.NoReply {
		flags |= flagNoReply
	}
	h := Args{b: []byte{'l', typeCall, flags, 1}}
	h.Uint32(uint32(len(c.Args.b)))
	h.Uint32(serial)
	h.Array(8, func() {
		for _, f := range []struct {
			code      byte
			signature string
			value     string
		}{
			{fieldPath, "o", c.Path},
			{fieldDestination, "s", c.Destination},
			{fieldInterface, "s", c.Interface},
			{fieldMember, "s", c.Member},
		} {
			h.field(f.code, f.signature)
			h.String(f.value)
		}
		if c.Signature != "" {
			h.field(fieldSignature, "g")
			h.Signature(c.Signature)
		}
	})
	h.align(8)
	return append(append(b, h.b...), c.Args.b...)
}

// field begins a header field, which is a struct of its code and a variant.
func (a *Args) field(code byte, signature string) {
	a.Struct()
	a.b = append(a.b, code)
	a.Signature(signature)
}

// order is the byte order that a message names.
func order(mark byte) (binary.ByteOrder, bool) {
	switch mark {
	case 'l':
		return binary.LittleEndian, true
	case 'B':
		return binary.BigEndian, true
	}
	return nil, false
}
