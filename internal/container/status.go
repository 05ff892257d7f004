package container

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/unitmon/unitmon/unit"
)

// Status is all that can be found out about one container at one moment. What is
// not known is left out of its JSON form, docs/json.md.
type Status struct {
	Info
	StatusText string      `json:"statusText,omitempty"` // of the container's unit
	Result     string      `json:"result,omitempty"`     // systemd.exec(5), $SERVICE_RESULT
	Cgroup     string      `json:"cgroup,omitempty"`     // of the unit, below the root of the hierarchy
	Processes  []Process   `json:"processes"`            // of the container, the init first
	Runtime    string      `json:"runtime,omitempty"`    // the runtime's path
	State      string      `json:"runtimeState,omitempty"`
	Stdio      Stdio       `json:"stdio,omitempty"`
	Logs       []LogRecord `json:"logs,omitempty"`
	RelayUnit  UnitStatus  `json:"relayUnit"`
	SocketUnit UnitStatus  `json:"socketUnit"`
	// DroppedClients is how many clients were dropped because they did not read.
	DroppedClients *uint64 `json:"droppedClients,omitempty"`
	AttachSocket   string  `json:"attachSocket,omitempty"`
	ControlSocket  string  `json:"controlSocket,omitempty"`

	Record *Record `json:"-"` // nil if there is none to read
	Units  Units   `json:"-"`
	Dir    Dir     `json:"-"`
}

// UnitStatus is the state of a unit that serves a container.
type UnitStatus struct {
	Unit        string `json:"unit"`
	LoadState   string `json:"loadState"`
	ActiveState string `json:"activeState"`
	SubState    string `json:"subState"`
	Result      string `json:"result,omitempty"`
	PID         int    `json:"pid,omitempty"`
	Restarts    int    `json:"restarts"`
	StatusText  string `json:"statusText,omitempty"`
}

// Ask finds out about the container name. The error wraps ErrNoContainer or
// ErrName. A runtime that does not answer is no error: its state is unknown then.
func Ask(ctx context.Context, m *unit.Conn, name string) (*Status, error) {
	units, err := Find(ctx, m, name)
	if err != nil {
		return nil, err
	}
	user := m.Manager() == unit.User
	s := &Status{Units: units, Processes: []Process{}}
	s.Name, s.Unit, s.Configured = name, units.Service, units == FileUnits(name)
	if s.Dir, err = DirOf(name, user); err != nil {
		return nil, err
	}
	s.Record, _ = ReadRecord(s.Dir) // of a container that has not started there is none

	// The runtime takes longer than all the rest.
	var wait sync.WaitGroup
	wait.Go(func() { s.askRuntime(ctx) })
	err = s.askUnits(ctx, m)
	wait.Wait()
	if err != nil {
		return nil, err
	}
	s.fromRecord()
	return s, nil
}

// runtimePatience is how long a runtime is waited for that is asked for a state.
const runtimePatience = 5 * time.Second

// askRuntime asks for the state of a container that the runtime knows.
func (s *Status) askRuntime(ctx context.Context) {
	if s.Record == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, runtimePatience)
	defer cancel()
	if st, err := Runtime(s.Dir, s.Record).State(ctx, s.Record.ID); err == nil {
		s.State = string(st.Status)
	}
}

// askUnits asks the manager for the three units.
func (s *Status) askUnits(ctx context.Context, m *unit.Conn) error {
	service, err := m.State(ctx, s.Units.Service)
	if err != nil {
		return err
	}
	relay, err1 := otherUnit(ctx, m, s.Units.Relay)
	socket, err2 := otherUnit(ctx, m, s.Units.Socket)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	s.RelayUnit, s.SocketUnit = newUnitStatus(relay), newUnitStatus(socket)
	f := &facts{ctx: ctx, m: m}
	s.fromState(f, service)
	s.Info.Relay = relayState(unit.Listed{ActiveState: relay.ActiveState, SubState: relay.SubState})
	return f.err
}

// otherUnit is the state of a unit that may not be there.
func otherUnit(ctx context.Context, m *unit.Conn, name string) (unit.State, error) {
	st, err := m.State(ctx, name)
	if errors.Is(err, unit.ErrNotLoaded) {
		return unit.State{Name: name, LoadState: "not-found", ActiveState: "inactive", SubState: "dead"}, nil
	}
	return st, err
}

func newUnitStatus(s unit.State) UnitStatus {
	return UnitStatus{s.Name, s.LoadState, s.ActiveState, s.SubState, s.Result, s.MainPID, s.NRestarts, s.StatusText}
}

// fromState takes what the service's state says.
func (s *Status) fromState(f *facts, st unit.State) {
	s.LoadState, s.ActiveState, s.SubState = st.LoadState, st.ActiveState, st.SubState
	s.Since = f.instant(s.Unit, sinceProperty(st.ActiveState))
	s.Restarts, s.Result, s.StatusText, s.Cgroup = st.NRestarts, st.Result, st.StatusText, st.ControlGroup
	if st.MainPID == 0 {
		s.setExit(st.ExecMainCode, st.ExecMainStatus)
		if st.StatusText == statusCreated || st.StatusText == statusRunning {
			s.StatusText = "" // it was said of the container that has ended
		}
		return
	}
	s.PID, s.Paused = st.MainPID, frozen(st.MainPID)
	s.Processes = processes(st.ControlGroup, st.MainPID)
}

// fromRecord takes what the record says, and what follows from that.
func (s *Status) fromRecord() {
	s.Paused = s.Paused || s.State == "paused" // runsc freezes nothing
	r := s.Record
	if r == nil {
		return
	}
	s.ID, s.Source, s.Runtime, s.Stdio, s.Logs = r.ID, r.Source, r.Runtime.Path, r.Stdio, r.Logs
	if s.Info.Relay == RelayWorking && r.Resident() {
		s.Info.Relay = RelayResident
	}
	if r.Stdio == StdioJournal {
		return
	}
	lost := ParseLosses(s.RelayUnit.StatusText)
	s.LostLines, s.DroppedClients = &lost.Lines, &lost.Clients
	s.AttachSocket, s.ControlSocket = s.Dir.Attach(), s.Dir.Control()
}
