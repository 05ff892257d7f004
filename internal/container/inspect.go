package container

import (
	"context"
	"encoding/hex"
	"math"

	"github.com/unitmon/unitmon/unit"
)

// Inspection is a Status with the record, the settings that matter and where
// everything is.
type Inspection struct {
	*Status
	Settings map[string]any    `json:"settings"`         // of the container's unit, by the manager's names
	Record   *Record           `json:"record,omitempty"` // record.json
	Paths    map[string]string `json:"paths,omitempty"`
}

// settings are the properties that Inspect shows, by interface: where the unit
// comes from, its limits and what it uses of them, its ends and restarts.
func settings() map[string][]string {
	return map[string][]string{
		"Unit": {"FragmentPath", "DropInPaths", "InvocationID", "Requires", "After", "OnFailure", "NeedDaemonReload", "UnitFileState"},
		"Service": {
			"Slice", "Restart", "RestartUSec", "TimeoutStartUSec", "TimeoutStopUSec", "RuntimeMaxUSec", "KillSignal", "OOMPolicy", "Result",
			"ExecMainCode", "ExecMainStatus", "ExecMainPID", "CPUWeight", "CPUQuotaPerSecUSec", "MemoryMin", "MemoryHigh", "MemoryMax",
			"MemorySwapMax", "TasksMax", "MemoryCurrent", "CPUUsageNSec", "TasksCurrent",
		},
	}
}

// Inspect is Ask with all that is there. The error wraps ErrNoContainer or
// ErrName.
func Inspect(ctx context.Context, m *unit.Conn, name string) (*Inspection, error) {
	s, err := Ask(ctx, m, name)
	if err != nil {
		return nil, err
	}
	i := &Inspection{Status: s, Settings: map[string]any{}, Record: s.Record}
	for iface, names := range settings() {
		all, err := m.Properties(ctx, s.Unit, iface)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if v, ok := all[name]; ok {
				i.Settings[name] = plainValue(v)
			}
		}
	}
	if s.Record != nil {
		i.Paths = s.Dir.paths()
	}
	return i, nil
}

// plainValue is a property for JSON: no limit, and what the manager does not
// know, is nil, which both are the largest number to it; bytes are in
// hexadecimal digits.
func plainValue(v any) any {
	switch v := v.(type) {
	case uint64:
		if v == math.MaxUint64 {
			return nil
		}
	case []byte:
		return hex.EncodeToString(v)
	}
	return v
}

// paths are the files of the container's directory, by what they are.
func (d Dir) paths() map[string]string {
	return map[string]string{
		"directory": d.Path, "record": d.record(), "bundle": d.Bundle(), "config": d.Bundle() + "/config.json",
		"runtimeRoot": d.RuntimeRoot(), "pidFile": d.PIDFile(),
		"stdout": d.Stdout(), "stderr": d.Stderr(), "attach": d.Attach(), "control": d.Control(),
	}
}
