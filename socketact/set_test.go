package socketact_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/socketact"
)

// add opens a file and gives it to the set.
func add(t *testing.T, s *socketact.Set, name string, f *os.File, err error) *os.File {
	t.Helper()
	if err == nil {
		err = s.Add(name, f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func fifo(t *testing.T, s *socketact.Set, name, path string) *os.File {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	return add(t, s, name, f, err)
}

// unixSocket adds a listening socket, or a datagram socket that is bound.
func unixSocket(t *testing.T, s *socketact.Set, name, network, path string) *os.File {
	t.Helper()
	addr := &net.UnixAddr{Name: path, Net: network}
	var f *os.File
	if network == "unixgram" {
		c, err := net.ListenUnixgram(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		f, err = c.File()
		return add(t, s, name, f, err)
	}
	l, err := net.ListenUnix(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	defer l.Close()
	f, err = l.File()
	return add(t, s, name, f, err)
}

// TestSet_OneName: what a socket unit with two FIFOs and a seqpacket socket
// passes, all under one name, in every order.
func TestSet_OneName(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		dir := t.TempDir()
		out, err, attach := filepath.Join(dir, "out"), filepath.Join(dir, "err"), filepath.Join(dir, "attach")
		set := new(socketact.Set)
		files := make([]*os.File, 3)
		for _, i := range order {
			switch i {
			case 0:
				files[i] = fifo(t, set, "stdio", out)
			case 1:
				files[i] = fifo(t, set, "stdio", err)
			case 2:
				files[i] = unixSocket(t, set, "stdio", "unixpacket", attach)
			}
		}
		stdio := set.Named("stdio")
		got0, err0 := stdio.TakeFIFO(out)
		got1, err1 := stdio.TakeFIFO(err)
		got2, err2 := stdio.TakeListener(socketact.SeqPacket, attach)
		if err := errors.Join(err0, err1, err2); err != nil {
			t.Fatal(err)
		}
		if got := []*os.File{got0, got1, got2}; !slices.Equal(got, files) {
			t.Errorf("order %v: the files were mixed up", order)
		}
		if set.Len() != 0 || stdio.Len() != 0 {
			t.Errorf("order %v: %d and %d left", order, set.Len(), stdio.Len())
		}
		for _, f := range files {
			f.Close()
		}
	}
}

func TestSet_TakeFIFO(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "fifo")
	set := new(socketact.Set)
	defer set.Close()
	unixSocket(t, set, "x", "unixgram", filepath.Join(dir, "socket"))
	fifo(t, set, "x", path)
	for name, path := range map[string]string{
		"absent":     filepath.Join(dir, "absent"),
		"not a fifo": filepath.Join(dir, "socket"),
		"not in the set": func() string {
			other := new(socketact.Set)
			t.Cleanup(func() { other.Close() })
			fifo(t, other, "x", filepath.Join(dir, "other"))
			return filepath.Join(dir, "other")
		}(),
	} {
		if f, err := set.TakeFIFO(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v, %v; want ErrNotExist", name, f, err)
		}
	}
	// Another FIFO at the same path is not the one that was passed.
	os.Rename(path, path+".moved")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := set.TakeFIFO(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("replaced: %v, want ErrNotExist", err)
	}
	f, err := set.TakeFIFO(path + ".moved")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if set.Len() != 1 {
		t.Errorf("%d files left, want 1", set.Len())
	}
}

func TestSet_TakeSocket(t *testing.T) {
	dir := t.TempDir()
	set := new(socketact.Set)
	defer set.Close()
	networks := map[string]socketact.SocketType{
		"unix": socketact.Stream, "unixgram": socketact.Datagram, "unixpacket": socketact.SeqPacket,
	}
	for network := range networks {
		unixSocket(t, set, "x", network, filepath.Join(dir, network))
	}
	if _, err := set.TakeListener(socketact.Stream, filepath.Join(dir, "unixpacket")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("wrong type: %v", err)
	}
	if _, err := set.TakeSocket(socketact.Stream, false, filepath.Join(dir, "unix")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("listening against not listening: %v", err)
	}
	if _, err := set.TakeListener(socketact.Stream, ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("not bound: %v", err)
	}
	for network, typ := range networks {
		f, err := set.TakeListener(typ, filepath.Join(dir, network))
		if err != nil {
			t.Errorf("%s: %v", network, err)
			continue
		}
		f.Close()
	}
	if set.Len() != 0 {
		t.Errorf("%d left", set.Len())
	}
}

func TestSet_TakeListenerAbstract(t *testing.T) {
	set := new(socketact.Set)
	defer set.Close()
	name := "@unitmon-socketact-test"
	unixSocket(t, set, "x", "unix", name)
	f, err := set.TakeListener(socketact.Stream, name)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

func TestKindOf(t *testing.T) {
	set := new(socketact.Set)
	defer set.Close()
	dir := t.TempDir()
	fifo(t, set, "fifo", filepath.Join(dir, "fifo"))
	unixSocket(t, set, "socket", "unix", filepath.Join(dir, "socket"))
	memfd, err := sys.CreateMemfd("test")
	add(t, set, "memfd", memfd, err)
	ptmx, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	add(t, set, "pty master", ptmx, err)
	null, err := os.Open("/dev/null")
	add(t, set, "other", null, err)
	regular, err := os.Create(filepath.Join(dir, "regular"))
	add(t, set, "other", regular, err)
	directory, err := os.Open(dir)
	add(t, set, "other", directory, err)
	pidfd, err := sys.OpenPidfd(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	add(t, set, "pidfd", pidfd.File(), nil)
	for i, name := range set.Names() {
		if got := socketact.KindOf(set.Files()[i]).String(); got != name {
			t.Errorf("%s is %q", name, got)
		}
	}
	if got := set.TakeKind(socketact.Memfd); len(got) != 1 || got[0] != memfd {
		t.Errorf("TakeKind(Memfd): %v", got)
	}
	memfd.Close()
	if got := len(set.TakeKind(socketact.Memfd)); got != 0 {
		t.Errorf("%d memfds after they were taken", got)
	}
	if f := closed(t); socketact.KindOf(f) != socketact.Other {
		t.Error("a closed file has a kind")
	}
}

func closed(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	return f
}

func TestSet_CloseAndRest(t *testing.T) {
	set := new(socketact.Set)
	a, err := os.Open("/dev/null")
	add(t, set, "a", a, err)
	b, err := os.Open("/dev/null")
	add(t, set, "b", b, err)
	left := set.Named("a")
	if err := set.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Stat(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("b after Close: %v", err)
	}
	rest := left.Rest()
	if len(rest) != 1 || rest[0] != (socketact.Entry{Name: "a", File: a}) || left.Len() != 0 {
		t.Errorf("rest %v", rest)
	}
	if err := a.Close(); err != nil {
		t.Errorf("a was closed: %v", err)
	}
	var none *socketact.Set
	if err := none.Close(); err != nil || none.Named("a").Len()+none.Len()+len(none.Files())+len(none.Environ(1)) != 0 {
		t.Errorf("the nil Set is not empty: %v", err)
	}
}

func TestSet_AddChecks(t *testing.T) {
	set := new(socketact.Set)
	for _, name := range []string{"", "a:b", "a\n", "\x00"} {
		if err := set.Add(name, os.Stdin); !errors.Is(err, socketact.ErrEnviron) || set.Len() != 0 {
			t.Errorf("%q: %v", name, err)
		}
	}
}
