package container

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/sys"
)

func TestCheckName_Exec(t *testing.T) {
	if err := CheckName("exec-web"); !errors.Is(err, ErrName) {
		t.Errorf("exec-web: %v, want ErrName", err)
	}
	for _, name := range []string{"exec", "web-exec-1", "execute"} {
		if err := CheckName(name); err != nil {
			t.Error(err)
		}
	}
}

func TestSessionOfUnit(t *testing.T) {
	for _, name := range []string{"web", "a-b", "x-0123abcd"} {
		u := SessionUnits(name, "0123abcd")
		for _, of := range []string{u.Scope, u.Service} {
			got, id, ok := SessionOfUnit(of)
			if !ok || got != name || id != "0123abcd" {
				t.Errorf("%s: %q %q %v", of, got, id, ok)
			}
			if n, ok := NameOfUnit(of); ok {
				t.Errorf("%s passes for the service of container %s", of, n)
			}
		}
	}
	for _, of := range []string{
		"unitmon-web.service", "unitmon-exec-web.service", "unitmon-exec-web-0123abc.scope", "unitmon-exec--0123abcd.scope",
		"unitmon-exec-0123abcd.scope", "unitmon-exec-web-0123abcd-end.service", "unitmon-exec-web-0123abcd.socket", "unitmon-exec-web-0123abcg.scope",
	} {
		if name, id, ok := SessionOfUnit(of); ok {
			t.Errorf("%s passes for the session %s of %s", of, id, name)
		}
	}
}

func TestOpenSession(t *testing.T) {
	d := Dir{t.TempDir()}
	for _, id := range []string{"", "..", "../../etc", "0123abcg", "0123abcd0"} {
		if _, err := OpenSession(d, id); err == nil || errors.Is(err, ErrNoSession) {
			t.Errorf("%q: %v, want it refused", id, err)
		}
	}
	if _, err := OpenSession(d, "0123abcd"); !errors.Is(err, ErrNoSession) {
		t.Errorf("a session that is not there: %v", err)
	}
	if err := EndSession(t.Context(), d, "0123abcd", Exit{}); err != nil {
		t.Errorf("its end: %v", err)
	}
	s := Session{dir: d, Record: &Record{Version: recordVersion, Name: "web", ID: strings.Repeat("a", 64), Runtime: RuntimeRecord{Path: "/usr/bin/runc"}}}
	s.plan = sessionPlan{Version: recordVersion, Container: s.Record.ID, Cgroup: "/x", Process: &specs.Process{Args: []string{"true"}}}
	if err := errors.Join(s.Record.write(d), s.store()); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(filepath.Join(s.path(), sessionFile)); err != nil || fi.Mode() != 0o600 {
		t.Errorf("the plan, with the environment, has mode %v (%v)", fi.Mode(), err)
	}
	again, err := OpenSession(d, s.ID)
	if err != nil || again.group != s.group || again.group.path != "/sys/fs/cgroup/x/exec-"+s.ID || again.Process().Args[0] != "true" {
		t.Errorf("read back as %+v (%v)", again, err)
	}
	s.Record.ID = strings.Repeat("b", 64) // another container has the name
	if err := s.Record.write(d); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSession(d, s.ID); !errors.Is(err, ErrNoSession) {
		t.Errorf("a session of an earlier container: %v", err)
	}
}

func TestDescribe(t *testing.T) {
	s := Session{ID: "0123abcd", Record: &Record{Name: "web"}}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"echo", "a b"}, "echo a b"},
		{[]string{"printf", "a\n\x1b\xff"}, "printf a???"},
		{[]string{strings.Repeat("ä", 100)}, strings.Repeat("ä", 40) + "…"},
		{[]string{"x" + strings.Repeat("ä", 100)}, "x" + strings.Repeat("ä", 39) + "…"},
	} {
		s.plan.Process = &specs.Process{Args: c.args}
		if got := s.describe(); got != "Exec 0123abcd in container web: "+c.want {
			t.Errorf("%q: %q", c.args, got)
		}
	}
}

func TestExitOf(t *testing.T) {
	for status, want := range map[sys.WaitStatus]Exit{
		0:        {"success", "exited", "0"},
		7 << 8:   {"exit-code", "exited", "7"},
		255 << 8: {"exit-code", "exited", "255"},
		9:        {"signal", "killed", "KILL"},
		0x80 | 6: {"core-dump", "dumped", "ABRT"},
	} {
		if got := ExitOf(status); got != want {
			t.Errorf("%#x: %v, want %v", status, got, want)
		}
	}
}

func TestForwarder_Early(t *testing.T) {
	f := NewForwarder()
	defer f.Stop()
	ctx, release := f.Until(t.Context())
	defer release()
	f.pass(15)
	if ctx.Err() != nil {
		t.Error("one signal ends a start")
	}
	f.pass(2)
	var early *InterruptedError
	if !errors.As(context.Cause(ctx), &early) || early.Signal != 2 {
		t.Errorf("a start that was interrupted: %v", context.Cause(ctx))
	}
}

// FuzzLineScanner: pieces are no longer than a record, cut between characters,
// and together what went in.
func FuzzLineScanner(f *testing.F) {
	f.Add([]byte("a\n\nb"), 1)
	f.Add([]byte("ä€𝄞\xff"), loop.MaxLine/3)
	f.Add([]byte("\xf0\x9d\x84"), loop.MaxLine)
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, text []byte, times int) {
		in := bytes.Repeat(text, max(0, min(times, 4*loop.MaxLine/(len(text)+1))))
		var out []byte
		lines := newLineScanner(bytes.NewReader(in))
		for lines.Scan() {
			b := lines.Bytes()
			if len(b) > loop.MaxLine {
				t.Fatalf("a piece has %d bytes", len(b))
			}
			if utf8.Valid(in) && !utf8.Valid(b) {
				t.Fatalf("cut inside a character: %q", b[max(0, len(b)-8):])
			}
			out = append(out, b...)
			if !lines.partial {
				out = append(out, '\n')
			}
		}
		if err := lines.Err(); err != nil || !bytes.Equal(in, out) {
			t.Fatalf("%d bytes became %d (%v)", len(in), len(out), err)
		}
	})
}
