package container

import (
	"fmt"
	"strconv"
	"time"
)

// Info is what a list says of one container. What is not known is left out of
// its JSON form, docs/json.md.
type Info struct {
	Name       string `json:"name"`
	ID         string `json:"id,omitempty"`
	Unit       string `json:"unit"`
	Configured bool   `json:"configured"` // Unit is an instance of unitmon@.service

	LoadState   string `json:"loadState"` // as in unit.State
	ActiveState string `json:"activeState"`
	SubState    string `json:"subState"`
	Paused      bool   `json:"paused"`

	Since    time.Time `json:"since,omitzero"` // when it came into ActiveState
	PID      int       `json:"pid,omitempty"`  // of the container's init, in our PID namespace
	Restarts int       `json:"restarts"`
	// ExitCode is how the container last ended, 128+n for death by signal n,
	// which is then ExitSignal.
	ExitCode   *int `json:"exitCode,omitempty"`
	ExitSignal int  `json:"exitSignal,omitempty"`

	// Source is the bundle or root directory; SourceHost is the host's root.
	Source string `json:"source,omitempty"`

	Relay     string  `json:"relay"` // one of the Relay… words
	LostLines *uint64 `json:"lostLines,omitempty"`
}

// The states of a container's relay.
const (
	RelayNone       = "none"       // it does not run, and will when there is output
	RelayWorking    = "working"    // it runs, and leaves when it is idle
	RelayResident   = "resident"   // it runs as long as the container
	RelayRestarting = "restarting" // it has died, and the manager starts it again
	RelayFailed     = "failed"     // it has failed for good
)

// Ended reports whether the container neither runs nor is about to.
func (i *Info) Ended() bool { return i.ActiveState == "inactive" || i.ActiveState == "failed" }

// State is the manager's words for the container's state, and whether it is
// paused.
func (i *Info) State() string {
	s := fmt.Sprintf("%s (%s)", i.ActiveState, i.SubState)
	if i.LoadState != "loaded" {
		s = i.LoadState // masked, or a template that is not there
	}
	if i.Paused {
		s += ", paused"
	}
	return s
}

// Exit is how the container last ended: a status, a signal, or "-" as long as
// it has not or nothing is known of it.
func (i *Info) Exit() string {
	switch {
	case i.ExitCode == nil:
		return "-"
	case i.ExitSignal != 0:
		return "signal " + strconv.Itoa(i.ExitSignal)
	}
	return strconv.Itoa(*i.ExitCode)
}

// setExit takes ExecMainCode= and ExecMainStatus= of the unit.
func (i *Info) setExit(code, status int) {
	i.ExitCode, i.ExitSignal = exitOf(code, status)
}
