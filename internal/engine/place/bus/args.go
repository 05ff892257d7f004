package bus

import "encoding/binary"

// Args are the arguments of a call in the order in which they are added, in
// little-endian order. The zero value has none. Strings must be valid UTF-8
// without NUL, or the bus ends the connection.
type Args struct{ b []byte }

// align pads with zeros to a multiple of n bytes from the beginning.
func (a *Args) align(n int) {
	for len(a.b)%n != 0 {
		a.b = append(a.b, 0)
	}
}

// Uint32 adds a value of type u.
func (a *Args) Uint32(v uint32) {
	a.align(4)
	a.b = binary.LittleEndian.AppendUint32(a.b, v)
}

// Bool adds a value of type b.
func (a *Args) Bool(v bool) {
	if v {
		a.Uint32(1)
	} else {
		a.Uint32(0)
	}
}

// String adds a value of type s or o.
func (a *Args) String(s string) {
	a.Uint32(uint32(len(s)))
	a.b = append(append(a.b, s...), 0)
}

// Signature adds a value of type g, of at most 255 bytes.
func (a *Args) Signature(s string) {
	a.b = append(append(append(a.b, byte(len(s))), s...), 0)
}

// Struct begins a struct or a dictionary's entry; its members follow.
func (a *Args) Struct() { a.align(8) }

// Array adds an array of the elements that add adds. alignment is that of the
// element's type: 4 for s and u, 8 for structs.
func (a *Args) Array(alignment int, add func()) {
	a.Uint32(0)
	size := len(a.b) - 4
	a.align(alignment) // not counted in the size
	start := len(a.b)
	add()
	binary.LittleEndian.PutUint32(a.b[size:], uint32(len(a.b)-start))
}

// Property adds one (sv): a name, and a variant whose value, of type
// signature, add adds.
func (a *Args) Property(name, signature string, add func()) {
	a.Struct()
	a.String(name)
	a.Signature(signature)
	add()
}

// Uint64 adds a value of type t.
func (a *Args) Uint64(v uint64) {
	a.align(8)
	a.b = binary.LittleEndian.AppendUint64(a.b, v)
}
