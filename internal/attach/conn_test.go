package attach

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
)

// open connects a client with a relay.
func open(t *testing.T, o Options) (*Conn, client) {
	t.Helper()
	r := newRelay(t)
	ch := make(chan client, 1)
	go func() { ch <- r.accept(o.request(), "K") }()
	c, err := Open(t.Context(), r.path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, <-ch
}

// TestConn_Copy: each kind of packet goes where it belongs.
func TestConn_Copy(t *testing.T) {
	c, k := open(t, Options{})
	largest := strings.Repeat("x", 8192)
	k.send("\x02one\n", "\x03two\n", "K", "Nby the way", "Eno", "Zfrom a later relay", "\x02"+largest, "\x03\x00\xff")
	k.close()
	var out, errs bytes.Buffer
	var notes noted
	if err := c.Copy(t.Context(), Output{&out, &errs, notes.add}); err != nil {
		t.Fatal(err)
	}
	if out.String() != "one\n"+largest || errs.String() != "two\n\x00\xff" {
		t.Errorf("stdout %.20q, stderr %q", out.String(), errs.String())
	}
	notes.want(t, "by the way", "failed: no")
}

// TestConn_Copy_Dropped: a last notice says why the relay has hung up.
func TestConn_Copy_Dropped(t *testing.T) {
	c, k := open(t, Options{})
	k.send("\x02x", "Ntoo slow by 1 byte")
	k.close()
	err := c.Copy(t.Context(), Output{io.Discard, io.Discard, nil})
	if !errors.Is(err, ErrDropped) || !strings.HasSuffix(err.Error(), ": too slow by 1 byte") {
		t.Error(err)
	}
}

// TestConn_Copy_Reset: what a relay has sent is seen also if it hangs up without
// having read our input.
func TestConn_Copy_Reset(t *testing.T) {
	for _, ended := range []bool{false, true} {
		c, k := open(t, Options{Stdin: true})
		for range 3 {
			if _, err := c.Write([]byte("typed")); err != nil {
				t.Fatal(err)
			}
		}
		k.send("\x02a", "\x02b", "Nno more")
		k.close()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if ended {
			cancel()
		}
		var out bytes.Buffer
		err := c.Copy(ctx, Output{&out, &out, nil})
		if !errors.Is(err, ErrDropped) || out.String() != "ab" {
			t.Errorf("ended %t: %q, %v", ended, out.String(), err)
		}
	}
}

// TestConn_Copy_Ended: when the container has ended, what was sent is written
// and nothing more is waited for.
func TestConn_Copy_Ended(t *testing.T) {
	c, k := open(t, Options{Hold: true})
	k.send("\x02a", "\x03b", "\x02c")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if err := c.Copy(ctx, Output{&out, &out, nil}); err != nil || out.String() != "abc" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// TestConn_Copy_EndsWaiting: that also ends a Copy that waits.
func TestConn_Copy_EndsWaiting(t *testing.T) {
	c, k := open(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var out cancelling
	out.cancel = cancel
	k.send("\x02last words")
	if err := c.Copy(ctx, Output{&out, &out, nil}); err != nil || out.String() != "last words" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// cancelling ends a context when it is written to.
type cancelling struct {
	bytes.Buffer
	cancel func()
}

func (w *cancelling) Write(p []byte) (int, error) {
	w.cancel()
	return w.Buffer.Write(p)
}

// broken is a writer that takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestConn_Copy_WriterFails(t *testing.T) {
	c, k := open(t, Options{})
	k.send("\x02x", "\x02y")
	if err := c.Copy(t.Context(), Output{broken{}, io.Discard, nil}); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

// TestConn_Close: it ends Copy and Write, and is no end of input by itself.
func TestConn_Close(t *testing.T) {
	c, _ := open(t, Options{Stdin: true})
	done := make(chan error, 2)
	go func() { done <- c.Copy(t.Context(), Output{io.Discard, io.Discard, nil}) }()
	go func() {
		for {
			if _, err := c.Write(make([]byte, InputSize)); err != nil {
				done <- err
				return
			}
		}
	}()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}
}

// TestConn_Write: far more than a socket holds waits for the relay and arrives
// whole; then the end of input, while output goes on.
func TestConn_Write(t *testing.T) {
	c, k := open(t, Options{Stdin: true})
	want := bytes.Repeat([]byte("0123456789abcde\n"), 10<<20/16)
	go func() {
		if err := CopyInput(c, bytes.NewReader(want), nil); err != nil {
			t.Error(err)
		}
	}()
	packets := k.rest()
	for _, p := range packets {
		if len(p) > InputSize {
			t.Errorf("a packet of %d bytes", len(p))
		}
	}
	if got := strings.Join(packets, ""); got != string(want) {
		t.Errorf("%d bytes arrived of %d", len(got), len(want))
	}
	k.send("\x02after")
	k.close()
	var out bytes.Buffer
	if err := c.Copy(t.Context(), Output{&out, &out, nil}); err != nil || out.String() != "after" {
		t.Errorf("%q, %v", out.String(), err)
	}
}
