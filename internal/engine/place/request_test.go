package place

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/internal/engine/place/bus"
	"github.com/unitmon/unitmon/internal/sys"
)

const job = dbus.ObjectPath("/org/freedesktop/systemd1/job/7")

// elsewhere is how a registration ends that a fake manager has done: the kernel
// does not agree.
const elsewhere = "the manager has done it, but the control group is "

// obliging is a manager that starts everything.
func obliging(f *fake, m *dbus.Message) {
	switch member(m) {
	case "Hello":
		f.reply(m, ":1.5")
	case startTransientUnit:
		f.reply(m, job)
		f.removed(me, string(job), "done")
	case attachProcessesToUnit, setUnitProperties:
		f.reply(m)
	}
}

// on answers one method in its own way, and the rest obligingly.
func on(name string, answer func(f *fake, m *dbus.Message)) func(*fake, *dbus.Message) {
	return func(f *fake, m *dbus.Message) {
		if member(m) == name {
			answer(f, m)
		} else {
			obliging(f, m)
		}
	}
}

// register registers by way of the fakes, of which the first is a bus.
func register(t *testing.T, fakes ...*fake) error {
	t.Helper()
	m := Manager{Bus: fakes[0].socket}
	if len(fakes) > 1 {
		m.Private = fakes[1].socket
	}
	return m.Register(Registration{ID: "abc", Description: "conmon of container web (abc)"})
}

type property struct {
	Name  string
	Value dbus.Variant
}

type aux struct {
	Name       string
	Properties []property
}

func TestRegister_Call(t *testing.T) {
	f := newFake(t, "bus", obliging)
	if err := register(t, f); err == nil || !strings.Contains(err.Error(), "register as unitmon-conmon-abc.scope: "+elsewhere) {
		t.Error(err)
	}
	if got := f.named(); got != "Hello AddMatch StartTransientUnit" {
		t.Fatal(got)
	}
	var name, mode string
	var props []property
	var others []aux
	if err := dbus.Store(f.call(2).Body, &name, &mode, &props, &others); err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	for _, p := range props {
		got[p.Name] = p.Value.Value()
	}
	want := map[string]any{
		"Description": "conmon of container web (abc)", "Slice": "machine.slice", "CollectMode": "inactive-or-failed",
		"Delegate": true, "DefaultDependencies": false, "PIDs": []uint32{0},
	}
	if diff := cmp.Diff(want, got); diff != "" || name != "unitmon-conmon-abc.scope" || mode != "fail" || len(others) != 0 {
		t.Errorf("%s, mode %s, %d others (-want +got):\n%s", name, mode, len(others), diff)
	}
}

// TestRegister_Signals: signals of others, and of other jobs, mean nothing.
func TestRegister_Signals(t *testing.T) {
	f := newFake(t, "bus", on(startTransientUnit, func(f *fake, m *dbus.Message) {
		f.removed(me, string(job), "early")
		f.reply(m, job)
		f.removed(":1.66", string(job), "forged")
		f.removed(me, "/another", "failed")
		f.removed(me, string(job), "canceled")
	}))
	if err := register(t, f); err == nil || !strings.HasSuffix(err.Error(), "the job's result is canceled") {
		t.Error(err)
	}
}

func TestRegister_Join(t *testing.T) {
	f := newFake(t, "bus", on(startTransientUnit, func(f *fake, m *dbus.Message) { f.refuse(m, errUnitExists) }))
	if err := register(t, f); err == nil || !strings.Contains(err.Error(), elsewhere) {
		t.Error(err)
	}
	if got := f.named(); got != "Hello AddMatch StartTransientUnit AddMatch Subscribe AttachProcessesToUnit" {
		t.Fatal(got)
	}
	if diff := cmp.Diff([]any{"unitmon-conmon-abc.scope", "", []uint32{0}}, f.call(5).Body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRegister_Gone: a scope that is there for one call and gone for the next
// is not tried for ever.
func TestRegister_Gone(t *testing.T) {
	f := newFake(t, "bus", func(f *fake, m *dbus.Message) {
		switch member(m) {
		case startTransientUnit:
			f.refuse(m, errUnitExists)
		case attachProcessesToUnit:
			f.refuse(m, errNoSuchUnit)
		default:
			obliging(f, m)
		}
	})
	var e *bus.Error
	if err := register(t, f); !errors.As(err, &e) || e.Name != errNoSuchUnit {
		t.Errorf("%v", err)
	}
	if got := strings.Count(f.named(), startTransientUnit) + strings.Count(f.named(), attachProcessesToUnit); got != maxTurns {
		t.Errorf("%d calls", got)
	}
}

// TestRegister_Inactive: a scope that is not active is joined when its start is
// done, and started when it is gone; one that has become active in between is
// joined at once; and one that is active and refuses is left alone.
func TestRegister_Inactive(t *testing.T) {
	const unit = "unitmon-conmon-abc.scope"
	for _, c := range []struct {
		state, want string // what it is, and what is called then
		signals     func(f *fake)
	}{
		{"inactive", attachProcessesToUnit, func(f *fake) {
			f.removed(me, "/another", "done") // of x.scope
			f.signal(":1.66", jobRemoved, uint32(1), dbus.ObjectPath("/another"), unit, "done")
			f.signal(me, jobRemoved, uint32(1), dbus.ObjectPath("/another"), unit, "done")
		}},
		{"failed", startTransientUnit, func(f *fake) {
			f.signal(me, unitRemoved, "x.scope", dbus.ObjectPath("/x"))
			f.signal(me, unitRemoved, unit, dbus.ObjectPath("/x"))
		}},
		{"active", attachProcessesToUnit, func(*fake) {}},
	} {
		refused := map[string]bool{}
		f := newFake(t, "bus", func(f *fake, m *dbus.Message) {
			name := member(m)
			switch {
			case name == get:
				f.reply(m, dbus.MakeVariant(c.state))
				c.signals(f)
			case name == startTransientUnit && !refused[name]:
				f.refuse(m, errUnitExists)
			case name == attachProcessesToUnit && !refused[name]:
				f.refuse(m, errInvalidArgs)
			default:
				obliging(f, m)
			}
			refused[name] = true
		})
		if err := register(t, f); err == nil || !strings.Contains(err.Error(), elsewhere) {
			t.Error(err)
		}
		if got, want := f.named(), "Hello AddMatch StartTransientUnit AddMatch Subscribe AttachProcessesToUnit Get "+c.want; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if path := f.call(6).Headers[dbus.FieldPath].Value(); path != dbus.ObjectPath("/org/freedesktop/systemd1/unit/unitmon_2dconmon_2dabc_2escope") {
			t.Errorf("asked %s", path)
		}
	}
}

// TestRegister_Undelegated: an active scope that refuses is not asked for ever.
func TestRegister_Undelegated(t *testing.T) {
	f := newFake(t, "bus", func(f *fake, m *dbus.Message) {
		switch member(m) {
		case startTransientUnit:
			f.refuse(m, errUnitExists)
		case attachProcessesToUnit:
			f.refuse(m, errInvalidArgs)
		case get:
			f.reply(m, dbus.MakeVariant("active"))
		default:
			obliging(f, m)
		}
	})
	if err := register(t, f); err == nil || !strings.HasSuffix(err.Error(), "text of "+errInvalidArgs) {
		t.Error(err)
	}
	if got := strings.Count(f.named(), attachProcessesToUnit); got != maxTurns-1 {
		t.Errorf("it was asked %d times", got)
	}
}

// TestRegister_Refused: what the manager refuses it is not asked again on
// another route.
func TestRegister_Refused(t *testing.T) {
	const denied = "org.freedesktop.DBus.Error.AccessDenied"
	f := newFake(t, "bus", on(startTransientUnit, func(f *fake, m *dbus.Message) { f.refuse(m, denied) }))
	private := newFake(t, "private", obliging)
	if err := register(t, f, private); err == nil || err.Error() != "register as unitmon-conmon-abc.scope: text of "+denied {
		t.Error(err)
	}
	if got := private.named(); got != "" {
		t.Errorf("private socket: %s", got)
	}
}

// TestRegister_Routes: when nobody answers on the bus, the private socket is
// asked, where nothing is said to a bus.
func TestRegister_Routes(t *testing.T) {
	silent := map[string]func(*fake, *dbus.Message){
		"": func(f *fake, _ *dbus.Message) { _ = f.conn.Close() },
	}
	for _, name := range []string{errServiceUnknown, errNoOwner, errNoReply, errDisconnected} {
		silent[name] = on(startTransientUnit, func(f *fake, m *dbus.Message) { f.refuse(m, name) })
	}
	for name, answer := range silent {
		b, private := newFake(t, "bus", answer), newFake(t, "private", obliging)
		if err := register(t, b, private); err == nil || !strings.Contains(err.Error(), elsewhere) {
			t.Errorf("%s: %v", name, err)
		}
		if got := private.named(); got != startTransientUnit {
			t.Errorf("%s: private socket: %s", name, got)
		}
	}
}

// TestRegister_NoManager: the error tells of each route.
func TestRegister_NoManager(t *testing.T) {
	for _, greet := range []string{"close", "REJECTED EXTERNAL\r\n", "OK 0123\r\nno message of any kind", strings.Repeat("x", 9000)} {
		b, private := newRudeFake(t, "bus", greet, obliging), newRudeFake(t, "private", greet, obliging)
		err := register(t, b, private)
		if !errors.Is(err, ErrNoManager) || !strings.Contains(err.Error(), b.socket) || !strings.Contains(err.Error(), private.socket) {
			t.Errorf("%.20q: %v", greet, err)
		}
	}
	for _, m := range []Manager{{}, {Bus: "/nowhere/bus", Private: "/nowhere/private"}} {
		if err := m.Register(Registration{ID: "abc"}); !errors.Is(err, ErrNoManager) {
			t.Errorf("%+v: %v", m, err)
		}
	}
	if _, err := (Manager{}).Begin(Registration{}); err == nil || errors.Is(err, ErrNoManager) {
		t.Errorf("without an ID: %v", err)
	}
}

func TestRequest_Timeout(t *testing.T) {
	f := newFake(t, "bus", func(*fake, *dbus.Message) {})
	r, err := Manager{Bus: f.socket}.Begin(Registration{ID: "abc"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if err := r.Wait(time.Millisecond); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

// TestRequest_Source: in an event loop nothing blocks and the descriptor stays,
// also when the route changes.
func TestRequest_Source(t *testing.T) {
	b := newFake(t, "bus", on(setUnitProperties, func(f *fake, m *dbus.Message) { f.refuse(m, errNoOwner) }))
	private := newFake(t, "private", obliging)
	r, err := Manager{Bus: b.socket, Private: private.socket}.Describe("x.scope", "te\nxt")
	if err != nil {
		t.Fatal(err)
	}
	fd := r.FD()
	for done := false; !done; {
		if _, err := sys.AwaitReadable(r.FD(), time.Hour); err != nil {
			t.Fatal(err)
		}
		if done, err = r.Ready(); err != nil {
			t.Fatal(err)
		}
		if r.FD() != fd {
			t.Errorf("descriptor %d has become %d", fd, r.FD())
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	var name string
	var runtime bool
	var props []property
	if err := dbus.Store(private.call(0).Body, &name, &runtime, &props); err != nil {
		t.Fatal(err)
	}
	if name != "x.scope" || !runtime || len(props) != 1 || props[0].Name != "Description" || props[0].Value.Value() != "te?xt" {
		t.Errorf("%v", private.call(0).Body)
	}
}

// TestDescribe_Private: systemd would never look at a shorter first call; see
// bus.Conn.
func TestDescribe_Private(t *testing.T) {
	f := newFake(t, "private", obliging)
	r, err := Manager{Private: f.socket}.Describe("a.scope", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Wait(time.Hour), r.Close()); err != nil {
		t.Error(err)
	}
	f.stop()
	if f.first <= 256 {
		t.Errorf("the first call ends at byte %d", f.first)
	}
}

func TestDescribe_NotScope(t *testing.T) {
	if _, err := (Manager{}).Describe("web.service", "x"); !errors.Is(err, ErrNotScope) {
		t.Error(err)
	}
}

// TestRequest_Descriptors: none is left, whatever happened.
func TestRequest_Descriptors(t *testing.T) {
	newFake(t, "unused", obliging).stop() // what Go itself needs for sockets, it has from now on
	before := descriptors(t)
	rude := newRudeFake(t, "bus", "REJECTED\r\n", obliging)
	good := newFake(t, "private", obliging)
	for range 3 {
		_ = Manager{Bus: rude.socket, Private: good.socket}.Register(Registration{ID: "abc"})
		_ = Manager{Bus: "/nowhere"}.Register(Registration{ID: "abc"})
	}
	_ = (*Request)(nil).Close()
	rude.stop()
	good.stop()
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors, before %d", after, before)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
