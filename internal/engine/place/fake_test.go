package place

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

// fake is a manager, or a bus with one, that answers as a test wants. It writes
// byte by byte.
type fake struct {
	socket string
	greet  string // instead of a handshake; "close" is a peer that hangs up
	answer func(f *fake, m *dbus.Message)

	listener net.Listener
	done     sync.WaitGroup
	conn     net.Conn // of the one that is served

	mu    sync.Mutex
	calls []*dbus.Message // guarded by mu
	first int             // bytes until the first call but Hello is complete; guarded by mu
}

const me = ":1.0" // the manager's name

func newFake(t *testing.T, name string, answer func(f *fake, m *dbus.Message)) *fake {
	t.Helper()
	return newRudeFake(t, name, "", answer)
}

func newRudeFake(t *testing.T, name, greet string, answer func(f *fake, m *dbus.Message)) *fake {
	t.Helper()
	f := &fake{socket: filepath.Join(t.TempDir(), name), greet: greet, answer: answer}
	var err error
	if f.listener, err = net.Listen("unix", f.socket); err != nil {
		t.Fatal(err)
	}
	f.done.Go(f.accept)
	t.Cleanup(f.stop)
	return f
}

func (f *fake) accept() {
	for {
		c, err := f.listener.Accept()
		if err != nil {
			return
		}
		f.conn = c
		f.serve(c)
		_ = c.Close()
	}
}

// stop ends the fake, and waits for that.
func (f *fake) stop() {
	_ = f.listener.Close()
	f.done.Wait()
}

// counted counts what is read.
type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p[:1]) // nothing is read ahead
	c.n += n
	return n, err
}

func (f *fake) serve(c net.Conn) {
	if f.greet == "close" {
		return
	}
	count := &counted{Reader: c}
	r := bufio.NewReaderSize(count, 16)
	for _, want := range []string{"\x00AUTH EXTERNAL\r\n", "DATA\r\n", "BEGIN\r\n"} {
		if line, err := r.ReadString('\n'); err != nil || line != want {
			return
		}
	}
	if f.greet == "" {
		f.write([]byte("DATA\r\nOK 0123\r\n"))
	} else {
		f.write([]byte(f.greet))
	}
	for {
		m, err := dbus.DecodeMessage(r)
		if err != nil {
			return
		}
		f.mu.Lock()
		f.calls = append(f.calls, m)
		if f.first == 0 && member(m) != "Hello" {
			f.first = count.n
		}
		f.mu.Unlock()
		f.answer(f, m)
	}
}

func member(m *dbus.Message) string {
	s, _ := m.Headers[dbus.FieldMember].Value().(string)
	return s
}

// call is what the fake was asked first, second …
func (f *fake) call(n int) *dbus.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[n]
}

// named lists the calls by name.
func (f *fake) named() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []string
	for _, m := range f.calls {
		list = append(list, member(m))
	}
	return strings.Join(list, " ")
}

func (f *fake) write(p []byte) {
	for i := range p {
		if _, err := f.conn.Write(p[i : i+1]); err != nil {
			return
		}
	}
}

func (f *fake) send(typ dbus.Type, headers map[dbus.HeaderField]any, body ...any) {
	m := &dbus.Message{Type: typ, Headers: map[dbus.HeaderField]dbus.Variant{}, Body: body}
	for k, v := range headers {
		m.Headers[k] = dbus.MakeVariant(v)
	}
	if len(body) > 0 {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(body...))
	}
	var b strings.Builder
	if err := m.EncodeTo(&b, binary.LittleEndian); err != nil {
		panic(err)
	}
	f.write([]byte(b.String()))
}

func (f *fake) reply(to *dbus.Message, body ...any) {
	f.send(dbus.TypeMethodReply, map[dbus.HeaderField]any{dbus.FieldReplySerial: to.Serial(), dbus.FieldSender: me}, body...)
}

func (f *fake) refuse(to *dbus.Message, name string) {
	f.send(dbus.TypeError, map[dbus.HeaderField]any{
		dbus.FieldReplySerial: to.Serial(), dbus.FieldSender: me, dbus.FieldErrorName: name,
	}, "text of "+name)
}

// signal sends a signal of the manager's interface.
func (f *fake) signal(sender, name string, body ...any) {
	f.send(dbus.TypeSignal, map[dbus.HeaderField]any{
		dbus.FieldPath: dbus.ObjectPath(managerPath), dbus.FieldInterface: managerInterface,
		dbus.FieldMember: name, dbus.FieldSender: sender,
	}, body...)
}

// removed is the signal for the end of a job of a unit x.scope.
func (f *fake) removed(sender, job, result string) {
	f.signal(sender, jobRemoved, uint32(1), dbus.ObjectPath(job), "x.scope", result)
}
