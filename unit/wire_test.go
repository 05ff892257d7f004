package unit

import (
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

func TestEncode_Types(t *testing.T) {
	f, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, c := range []struct {
		value any
		sig   string
	}{
		{"x", "s"},
		{true, "b"},
		{int32(1), "i"},
		{uint32(1), "u"},
		{uint64(1), "t"},
		{int64(1), "x"},
		{[]string{"a"}, "as"},
		{[][]byte{{1}}, "aay"},
		{[]uint32{1}, "au"},
		{[]byte{1}, "ay"},
		{time.Second, "t"},
		{Infinity, "t"},
		{[]Exec{}, "a(sasb)"},
		{[]Listen{}, "a(ss)"},
		{f, "h"},
		{[]*os.File{f}, "ah"},
		{dbus.MakeVariant(int16(1)), "n"},
	} {
		v, err := encode(c.value)
		if err != nil || v.Signature().String() != c.sig {
			t.Errorf("%T: %s, %v; want %s", c.value, v.Signature(), err, c.sig)
		}
	}
	if v, _ := encode(1500 * time.Millisecond); v.Value() != uint64(1500000) {
		t.Errorf("1.5 s = %v", v)
	}
	if v, _ := encode(Infinity); v.Value() != uint64(math.MaxUint64) {
		t.Errorf("infinity = %v", v)
	}
	for _, bad := range []any{nil, 1, 1.5, map[string]string{}, -time.Second, struct{}{}, []int{1}} {
		if v, err := encode(bad); err == nil {
			t.Errorf("%T accepted as %s", bad, v.Signature())
		}
	}
}

func TestRefused_NamesTheProperty(t *testing.T) {
	aux := Spec{Name: "b.service", Properties: []Property{{"ExecStartPre", nil}, {"ExecStart", nil}}}
	for msg, want := range map[string]string{
		"Cannot set property Foo, or unknown property.": "Foo of a.service",
		"Invalid ExecStartPre= value.":                  "ExecStartPre of b.service",
		"Something else.":                               "properties of a.service",
	} {
		err := refused(converted(dbus.Error{Name: errReadOnly, Body: []any{msg}}),
			Spec{Name: "a.service", Properties: []Property{{"Foo", nil}}}, aux)
		var pe *PropertyError
		if !errors.As(err, &pe) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", msg, err, want)
		}
	}
}

func TestConverted(t *testing.T) {
	for name, want := range map[string]error{
		errUnitExists: ErrExists, errNoSuchUnit: ErrNotLoaded, errAccessDenied: ErrPermission,
		errNoReply: ErrDisconnected, errServiceUnknown: ErrDisconnected,
	} {
		if err := converted(dbus.Error{Name: name}); !errors.Is(err, want) {
			t.Errorf("%s: %v is not %v", name, err, want)
		}
	}
	if err := converted(dbus.ErrClosed); !errors.Is(err, ErrDisconnected) {
		t.Errorf("closed connection: %v", err)
	}
	if err := converted(nil); err != nil {
		t.Errorf("nil: %v", err)
	}
}

// A signal that is not the manager's must not end a job.
func TestDeliver_OnlyTheManager(t *testing.T) {
	h := &hub{}
	l := &link{hub: h}
	l.owner.Store(":1.1")
	j := &Job{path: "/job/1", ended: make(chan struct{}), recheck: make(chan struct{}, 1)}
	h.addJob(j)
	removed := func(sender string) {
		l.DeliverSignal(ifaceMgr, signalJobRemoved, &dbus.Signal{
			Sender: sender, Body: []any{uint32(1), dbus.ObjectPath("/job/1"), "a.service", "done"},
		})
	}
	removed(":1.66")
	removed("")
	select {
	case <-j.ended:
		t.Fatal("ended by another client's signal")
	default:
	}
	removed(":1.1")
	select {
	case <-j.ended:
	default:
		t.Fatal("not ended by the manager's signal")
	}
}

// Malformed signals are ignored.
func TestDeliver_Malformed(t *testing.T) {
	h := &hub{}
	l := &link{hub: h, private: true}
	for _, member := range []string{signalJobRemoved, signalUnitNew, signalReloading, signalChanged, signalOwnerChanged} {
		for _, iface := range []string{ifaceMgr, ifaceProps, busDriver} {
			for _, body := range [][]any{nil, {1}, {"a", "b", "c"}, {"a", "b", "c", "d"}} {
				l.DeliverSignal(iface, member, &dbus.Signal{Sender: busDriver, Body: body})
			}
		}
	}
}

// Results that come before the answer that names the job are kept, up to a
// bound, beyond which the manager is asked.
func TestJob_EarlyResult(t *testing.T) {
	fresh := func() *Job {
		return &Job{
			c: &Conn{}, early: map[dbus.ObjectPath]string{},
			ended: make(chan struct{}), recheck: make(chan struct{}, 1),
		}
	}
	j := fresh()
	j.removed("/x/7", "failed")
	j.removed("/x/8", JobDone)
	j.named("/x/7")
	if res, err := j.outcome(); res != "failed" || err == nil {
		t.Errorf("%q, %v", res, err)
	}
	j = fresh()
	for i := range maxEarly + 10 {
		j.removed(dbus.ObjectPath(strings.Repeat("x", i+1)), JobDone)
	}
	if len(j.early) != maxEarly {
		t.Errorf("%d results kept, bound %d", len(j.early), maxEarly)
	}
	j.named("/x/9")
	select {
	case <-j.recheck:
	default:
		t.Error("lost results, and the manager is not asked")
	}
}

func TestSocketName(t *testing.T) {
	for in, want := range map[string]string{
		"unix:path=/run/x": "/run/x", "unix:abstract=a,guid=1": "@a", "unix:guid=1,path=/a%20b": "/a b",
	} {
		if got, err := socketName(in); got != want || err != nil {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
	for _, bad := range []string{"", "tcp:host=x", "unix:", "unix:tmpdir=/tmp", "unix:path=%zz"} {
		if got, err := socketName(bad); err == nil {
			t.Errorf("%q: %q", bad, got)
		}
	}
}

func TestDial_SaysWhatWasTried(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+dir+"/nobus")
	t.Setenv("XDG_RUNTIME_DIR", dir)
	_, err := Dial(t.Context(), User)
	if !errors.Is(err, ErrNoManager) {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{dir + "/nobus", dir + "/bus", dir + "/systemd/private"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", "")
	if _, err := Dial(t.Context(), User); !errors.Is(err, ErrNoManager) || !strings.Contains(err.Error(), "XDG_RUNTIME_DIR") {
		t.Errorf("without an environment: %v", err)
	}
}

func TestParseTimeSpan(t *testing.T) {
	for s, want := range map[string]time.Duration{"90": 90 * time.Second, "1min 5ms": time.Minute + 5*time.Millisecond, "infinity": Infinity, "0": 0} {
		if d, err := ParseTimeSpan(s); d != want || err != nil {
			t.Errorf("%q: %v, %v", s, d, err)
		}
	}
	for _, bad := range []string{"", "-1", "x", "1000y"} {
		if d, err := ParseTimeSpan(bad); err == nil {
			t.Errorf("%q: %v", bad, d)
		}
	}
}
