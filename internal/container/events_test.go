package container

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/unitmon/unitmon/unit"
)

func TestRoleOf(t *testing.T) {
	for _, c := range []struct {
		unit          string
		role          role
		name, session string
	}{
		{"unitmon-web.service", roleContainer, "web", ""},
		{"unitmon@web.service", roleContainer, "web", ""},
		{"unitmon-relay-web.service", roleRelay, "web", ""},
		{"unitmon-relay@web.service", roleRelay, "web", ""},
		{"unitmon-pause@a-b.service", rolePause, "a-b", ""},
		{"unitmon-exec-a-b-0123abcd.scope", roleExec, "a-b", "0123abcd"},
		{"unitmon-exec-web-0123abcd.service", roleExec, "web", "0123abcd"},
		{"unitmon-exec-web-0123abcd", roleNone, "", ""},
		{"unitmon-exec-0123abcd.scope", roleNone, "", ""},
		{"unitmon-exec-web-0123abcx.scope", roleNone, "", ""},
		{"unitmon-web.scope", roleNone, "", ""},
		{"unitmon-relay-web.socket", roleNone, "", ""},
		{"unitmon-.service", roleNone, "", ""},
		{"ssh.service", roleNone, "", ""},
		{"", roleNone, "", ""},
	} {
		if r, name, session := roleOf(c.unit); r != c.role || name != c.name || session != c.session {
			t.Errorf("roleOf(%q) = %v %q %q", c.unit, r, name, session)
		}
	}
}

// state is what the manager says of a container that has ended in its run.
func state(run string, at time.Time, restarts int) unit.Change {
	return unit.Change{
		State: unit.State{
			Name: "unitmon-web.service", Result: "exit-code", ExecMainPID: 7, ExecMainCode: cldExited, ExecMainStatus: 3,
			InvocationID: run, NRestarts: restarts, ActiveEnter: at,
		},
		ExecMainExit: at.Add(time.Millisecond),
	}
}

// TestFold: one state may tell several events, and the same state twice none.
func TestFold(t *testing.T) {
	begin := time.Unix(1000, 0)
	f := newFold(func() time.Time { return begin.Add(time.Hour) })
	told := func(ch unit.Change) string {
		var list []string
		for _, e := range f.events(ch) {
			list = append(list, string(e.Type)+" "+e.Invocation)
		}
		return strings.Join(list, ", ")
	}
	for _, c := range []struct {
		ch   unit.Change
		want string
	}{
		{state("a", begin, 0), "start a, exit a"},
		{state("a", begin, 0), ""},
		{unit.Change{Gone: true, State: unit.State{Name: "unitmon-web.service"}}, ""},
		{state("a", begin, 0), ""}, // daemon-reload
		{state("b", begin.Add(time.Second), 1), "restart a, start b, exit b"},
		{state("a", begin, 0), ""}, // told late
	} {
		if got := told(c.ch); got != c.want {
			t.Errorf("%+v: %q, want %q", c.ch, got, c.want)
		}
	}
}

// TestFold_Bound: units that come and go for ever cost no more than maxSeen.
func TestFold_Bound(t *testing.T) {
	f := newFold(time.Now)
	for i := range maxSeen + 10 {
		ch := state("a", time.Unix(int64(i), 0), 0)
		ch.State.Name = UnitName("c" + string(rune('a'+i%26)) + strings.Repeat("x", i%50) + time.Unix(int64(i), 0).UTC().Format("150405"))
		f.events(ch)
	}
	if len(f.units) > maxSeen || len(f.order) > maxSeen {
		t.Errorf("%d units, %d in order", len(f.units), len(f.order))
	}
}

// TestTold: a start that the manager tells after the end is none.
func TestTold(t *testing.T) {
	told := newTold()
	e := Event{Type: EventExit, Unit: "unitmon-web.service", Invocation: "a"}
	if !told.first(e) || told.first(e) {
		t.Error("an exit is not told once")
	}
	e.Type = EventStart
	if told.first(e) {
		t.Error("a start is told after the exit")
	}
	e.Invocation = "b"
	if !told.first(e) {
		t.Error("the start of another run is not told")
	}
}

func TestLosses(t *testing.T) {
	for status, want := range map[string]string{
		"relaying": "",
		"relaying; lines lost by the journal: 12":                                  "lines lost by the journal: 12",
		"x; lines lost by the k8s-file log: 1; clients dropped: 2":                 "lines lost by the k8s-file log: 1",
		"lines lost by the journal: 3; lines lost by the json-file log: 4; more":   "lines lost by the journal: 3; lines lost by the json-file log: 4",
		"lines lost by the journal: many":                                          "",
		"lines lost by nobody":                                                     "",
		"the journal takes nothing: no room; lines lost by the journal: 999999999": "lines lost by the journal: 999999999",
	} {
		if got := losses(status); got != want {
			t.Errorf("losses(%q) = %q, want %q", status, got, want)
		}
	}
}

// exitEntry is a record of Reap in the journal's export format.
const exitEntry = "__REALTIME_TIMESTAMP=1000000\nMESSAGE=Container web killed\nMESSAGE_ID=" + ExitMessageID +
	"\nUNITMON_RESULT=signal\nUNITMON_EXIT_CODE=killed\nUNITMON_EXIT_STATUS=KILL\nOBJECT_SYSTEMD_UNIT=unitmon-web.service\n_UID=0\n\n"

func decodeAll(t testing.TB, text string, user bool) (list []Event, err error) {
	t.Helper()
	err = decodeEvents(strings.NewReader(text), user, func(e Event) error {
		list = append(list, e)
		return nil
	})
	return list, err
}

// TestDecodeEvents_Skipped: the manager says "started" also of a pause that its
// condition has kept from beginning.
func TestDecodeEvents_Skipped(t *testing.T) {
	const unit = "UNIT=unitmon-pause@web.service\n_UID=0\n"
	const started = "__REALTIME_TIMESTAMP=1000000\nMESSAGE_ID=" + msgStarted + "\n" + unit
	list, err := decodeAll(t, started+"INVOCATION_ID=a\n\n"+
		"__REALTIME_TIMESTAMP=1000000\nMESSAGE_ID="+msgSkipped+"\n"+unit+"INVOCATION_ID=b\n\n"+
		started+"INVOCATION_ID=b\n\n", false)
	if err != nil || len(list) != 1 || list[0].Type != EventPause || list[0].Invocation != "a" {
		t.Errorf("%+v, %v; want one pause", list, err)
	}
}

// TestDecodeEvents_Trust: what an ordinary user wrote is no event of the system's.
func TestDecodeEvents_Trust(t *testing.T) {
	list, err := decodeAll(t, exitEntry, false)
	if err != nil || len(list) != 1 || list[0].Signal != 9 || list[0].Name != "web" || *list[0].Code != 137 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, _ := decodeAll(t, strings.Replace(exitEntry, "_UID=0", "_UID=1000", 1), false); len(list) != 0 {
		t.Errorf("a forged entry is an event: %+v", list)
	}
}

func FuzzDecodeEvents(f *testing.F) {
	f.Add([]byte(exitEntry))
	f.Add([]byte("_UID=0\nMESSAGE_ID=" + msgRestart + "\nUNIT=unitmon-a.service\nN_RESTARTS=x\n\n"))
	f.Add([]byte("MESSAGE\n\x05\x00\x00\x00\x00\x00\x00\x00hello\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, user := range []bool{false, true} {
			_ = decodeEvents(bytes.NewReader(data), user, func(e Event) error {
				if e.Type == "" || CheckName(e.Name) != nil {
					t.Errorf("event without type or name: %+v", e)
				}
				return nil
			})
		}
	})
}
