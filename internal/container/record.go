package container

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/journal"
)

// Stdio says where the container's output goes first.
type Stdio string

// The values of --stdio.
const (
	StdioFIFO    Stdio = "fifo"    // two FIFOs that wake the relay
	StdioJournal Stdio = "journal" // two journal streams, no relay
)

// SDNotify says who tells the manager that the container is ready.
type SDNotify string

// The values of --sdnotify.
const (
	NotifyUnit      SDNotify = "unit"      // unitmon, when it was created
	NotifyContainer SDNotify = "container" // a process in the container
)

// Record is what the processes of a container unit need to know and the
// manager does not. It is written once, before the unit starts, and never
// changed.
type Record struct {
	Version  int               `json:"version"` // recordVersion
	Name     string            `json:"name"`
	ID       string            `json:"id"` // 64 hexadecimal digits
	User     bool              `json:"user,omitempty"`
	Stdio    Stdio             `json:"stdio"`
	SDNotify SDNotify          `json:"sdnotify"`
	Runtime  RuntimeRecord     `json:"runtime"`
	Tag      string            `json:"tag,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Source   string            `json:"source,omitempty"` // the bundle or root directory, or SourceHost
	IdleMS   int64             `json:"relayIdleMs"`      // < 0: the relay never leaves
	Gated    bool              `json:"gated,omitempty"`
	Restore  string            `json:"restore,omitempty"`  // the checkpoint that every start goes on from
	FromFile bool              `json:"fromFile,omitempty"` // the units are FileUnits

	Terminal       bool `json:"terminal,omitempty"`
	Stdin          bool `json:"stdin,omitempty"`          // a stdin that stays open: a pipe, or the terminal
	LeaveStdinOpen bool `json:"leaveStdinOpen,omitempty"` // no client's end of input closes it

	Logs      []LogRecord `json:"logs"`      // in order of the command line; never empty
	LogPolicy string      `json:"logPolicy"` // LogBlock or LogDrop
	LogQueue  int64       `json:"logQueue"`  // bytes
	LogNoSync bool        `json:"logNoSync,omitempty"`
	// LogFields says that the manager gives the relay's unit the container's
	// journal fields, so that the relay may use journald's stream protocol.
	LogFields bool `json:"logFields,omitempty"`
}

// Resident reports whether the relay has to stay while the container lives,
// also when nothing moves: it holds a descriptor that no socket unit keeps.
func (r *Record) Resident() bool { return r.Terminal || r.Stdin }

// RuntimeRecord names the OCI runtime.
type RuntimeRecord struct {
	Path string   `json:"path"`
	Args []string `json:"args,omitempty"`
}

const recordVersion = 1

// SourceHost is the Source of a container with the host's own root.
const SourceHost = "host"

// sourceOf is where the options take the root from, as an absolute path.
func sourceOf(o *oci.Options) (string, error) {
	switch {
	case o.Bundle != "":
		return filepath.Abs(o.Bundle)
	case o.RootFS != "":
		return filepath.Abs(o.RootFS)
	}
	return SourceHost, nil
}

// ErrNoContainer is wrapped when there is no record of a name.
var ErrNoContainer = errors.New("no such container")

// ReadRecord reads the record of the container in d.
func ReadRecord(d Dir) (*Record, error) {
	data, err := os.ReadFile(d.record())
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is missing", ErrNoContainer, d.record())
	}
	if err != nil {
		return nil, err
	}
	r := new(Record)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s: %w", d.record(), err)
	}
	if r.Version != recordVersion {
		return nil, fmt.Errorf("%s: version %d is not %d: it was written by another unitmon", d.record(), r.Version, recordVersion)
	}
	return r, nil
}

// write stores the record in d.
func (r *Record) write(d Dir) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return sys.WriteFile(d.record(), append(data, '\n'))
}

// Fields returns the container's fields for the journal, name and value in
// turns, in a fixed order: what conmon writes, then where the entry belongs,
// then labels.
func (r *Record) Fields() [][2]string {
	f := [][2]string{
		{journal.ContainerID, r.ID[:min(12, len(r.ID))]},
		{journal.ContainerIDFull, r.ID},
		{journal.ContainerName, r.Name},
		{journal.SyslogIdentifier, r.identifier()},
	}
	if r.Tag != "" {
		f = append(f, [2]string{journal.ContainerTag, r.Tag})
	}
	f = append(f, r.unitField())
	for _, k := range slices.Sorted(mapKeys(r.Labels)) {
		f = append(f, [2]string{LabelField(k), r.Labels[k]})
	}
	return f
}

// Units are the units of the container.
func (r *Record) Units() Units {
	if r.FromFile {
		return FileUnits(r.Name)
	}
	return TransientUnits(r.Name)
}

// unitField makes "journalctl -u" show an entry of another sender.
func (r *Record) unitField() [2]string {
	if r.User {
		return [2]string{journal.UserUnit, r.Units().Service}
	}
	return [2]string{journal.ObjectSystemdUnit, r.Units().Service}
}

// identifier is the SYSLOG_IDENTIFIER=, as conmon chooses it.
func (r *Record) identifier() string {
	if r.Tag != "" {
		return r.Tag
	}
	return r.Name
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// LabelField is the journal field of a label, conf.LabelField.
func LabelField(key string) string { return conf.LabelField(key) }

// Native returns the constant part of the container's journal entries in the
// journal's native form, with the given priority. Also where the relay's unit
// has the fields: a datagram whose sender is dead when journald reads it belongs
// to no unit. What an entry has twice journald stores once.
func (r *Record) Native(priority int) ([]byte, error) {
	var e journal.Entry
	err := e.AppendString(journal.Priority, strconv.Itoa(priority))
	for _, f := range r.Fields() {
		err = errors.Join(err, e.AppendString(f[0], f[1]))
	}
	if err == nil && e.Len() > loop.MaxFields {
		err = fmt.Errorf("labels and tag take %d bytes in the journal, at most %d are possible", e.Len(), loop.MaxFields)
	}
	return e.Bytes(), err
}

// unitLevel reports whether a field may be one of the relay's unit, which all of
// its entries have.
func unitLevel(field string) bool { return field != journal.SyslogIdentifier }

// logFields reports whether the manager can add the fields: only the system's
// manager does, systemd.exec(5). A journal whose lines may be dropped is sent
// entry by entry, so that each that was not taken can be counted.
func (r *Record) logFields() bool {
	return !r.User && r.LogPolicy == LogBlock &&
		slices.ContainsFunc(r.Logs, func(l LogRecord) bool { return l.Driver == LogJournal })
}

// Stream is the connection by which the relay sends many lines at once to
// journald, with the given priority.
func (r *Record) Stream(priority int) journal.StreamOptions {
	return journal.StreamOptions{Identifier: r.identifier(), UnitID: r.Units().Relay, Priority: priority}
}
