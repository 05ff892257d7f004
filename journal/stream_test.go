package journal_test

import (
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/unitmon/unitmon/journal"
)

func TestOpenStream(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stdout")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := journal.OpenStream(journal.StreamOptions{
		Identifier: "web", UnitID: "web.service", Priority: 6, LevelPrefix: true, Path: path,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString("a line\n")
	if n, err := f.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("read %d, %v; want EOF: the reading half is shut", n, err)
	}
	f.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got, err := io.ReadAll(conn)
	want := "web\nweb.service\n6\n1\n0\n0\n0\na line\n"
	if err != nil || string(got) != want {
		t.Errorf("received %q, %v; want %q", got, err, want)
	}
}

func TestOpenStream_Checks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nobody")
	for name, o := range map[string]journal.StreamOptions{
		"newline in identifier": {Identifier: "a\nb", Path: path},
		"newline in unit":       {UnitID: "a\nb", Path: path},
		"priority too high":     {Priority: 8, Path: path},
		"priority negative":     {Priority: -1, Path: path},
		"no socket":             {Path: path},
	} {
		if f, err := journal.OpenStream(o); err == nil {
			f.Close()
			t.Errorf("%s: no error", name)
		}
	}
}
