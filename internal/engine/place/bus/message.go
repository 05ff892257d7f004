package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// maxMessage bounds a message that is received. The specification allows 128
// MiB; what comes here are short answers, and on a manager's private socket
// all its signals, of which the longest have some KiB.
const maxMessage = 1 << 20

// headerSize is the part of a message that says how long it is.
const headerSize = 16

// ErrMalformed: the peer does not speak D-Bus, or more of it than is read here.
var ErrMalformed = errors.New("malformed D-Bus message")

// Message is one that was received. Fields that it does not have are empty.
type Message struct {
	Type        byte   // TypeReturn, TypeError, TypeSignal, or another
	ReplySerial uint32 // the call that it answers
	Sender      string
	Interface   string
	Member      string
	ErrorName   string
	Signature   string

	body decoder
}

// size returns how long the message is that b begins with; 0 if b is too short
// to say.
func size(b []byte) (int, error) {
	if len(b) < headerSize {
		return 0, nil
	}
	o, ok := order(b[0])
	if !ok || b[3] != 1 {
		return 0, ErrMalformed
	}
	body, fields := o.Uint32(b[4:]), o.Uint32(b[12:])
	if body > maxMessage || fields > maxMessage {
		return 0, fmt.Errorf("%w: longer than %d bytes", ErrMalformed, maxMessage)
	}
	return headerSize + (int(fields)+7)&^7 + int(body), nil
}

// parse reads a message of exactly the size that its header tells.
func parse(b []byte) (Message, error) {
	o, _ := order(b[0])
	end := headerSize + int(o.Uint32(b[12:]))
	m := Message{Type: b[1]}
	d := decoder{order: o, b: b[:end], at: headerSize}
	for d.at < end && d.err == nil {
		m.field(&d)
	}
	m.body = decoder{order: o, b: b[(end+7)&^7:]}
	return m, d.err
}

// field reads one header field. All that the specification has are of four
// types.
func (m *Message) field(d *decoder) {
	d.align(8)
	code := d.byte()
	var text string
	var number uint32
	switch signature := d.signature(); signature {
	case "s", "o":
		text = d.string()
	case "g":
		text = d.signature()
	case "u":
		number = d.uint32()
	default:
		d.fail()
	}
	switch code {
	case fieldInterface:
		m.Interface = text
	case fieldMember:
		m.Member = text
	case fieldErrorName:
		m.ErrorName = text
	case fieldReplySerial:
		m.ReplySerial = number
	case fieldSender:
		m.Sender = text
	case fieldSignature:
		m.Signature = text
	}
}

// Strings returns the strings and object paths among the arguments, which must
// be of the types s, o and u, or variants of s and o; others are ErrMalformed.
func (m Message) Strings() ([]string, error) {
	d := m.body
	var list []string
	for _, t := range m.Signature {
		switch t {
		case 's', 'o':
			list = append(list, d.string())
		case 'v':
			if inner := d.signature(); inner != "s" && inner != "o" {
				d.fail()
			}
			list = append(list, d.string())
		case 'u':
			d.uint32()
		default:
			d.fail()
		}
	}
	return list, d.err
}

// Err is the error that the message carries, an *Error; nil if it is none.
func (m Message) Err() error {
	if m.Type != TypeError {
		return nil
	}
	e := &Error{Name: m.ErrorName}
	if text, err := m.Strings(); err == nil && len(text) > 0 {
		e.Text = text[0]
	}
	return e
}

// Error is what a peer answers instead of a result: a name to branch on, and a
// text for people.
type Error struct{ Name, Text string }

// Error is the text, or else the name.
func (e *Error) Error() string {
	if e.Text == "" {
		return e.Name
	}
	return e.Text
}

// decoder reads values one after the other. After the first that is not there
// it has an error and gives zeros.
type decoder struct {
	order binary.ByteOrder
	b     []byte
	at    int
	err   error
}

func (d *decoder) fail() { d.err = ErrMalformed }

// take returns the next n bytes, nil if there are fewer.
func (d *decoder) take(n int) []byte {
	if d.err != nil || n < 0 || n > len(d.b)-d.at {
		d.fail()
		return nil
	}
	d.at += n
	return d.b[d.at-n : d.at]
}

func (d *decoder) align(n int) { d.take((n - d.at%n) % n) }

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	d.align(4)
	if b := d.take(4); b != nil {
		return d.order.Uint32(b)
	}
	return 0
}

// text returns n bytes, which a NUL follows.
func (d *decoder) text(n int) string {
	b := d.take(n + 1)
	if b == nil || b[n] != 0 {
		d.fail()
		return ""
	}
	return string(b[:n])
}

func (d *decoder) string() string    { return d.text(int(d.uint32())) }
func (d *decoder) signature() string { return d.text(int(d.byte())) }
