package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/unit"
)

// Stats are the figures of a container's control group at one moment, from the
// files of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst of Linux). What the
// kernel does not have there, as a controller that is not enabled, is nil.
type Stats struct {
	Time time.Time `json:"time"`
	Name string    `json:"name"`
	Unit string    `json:"unit"`

	CPUUsageUSec  *uint64  `json:"cpuUsageUSec"`
	CPUPercent    *float64 `json:"cpuPercent"` // of one CPU, since the figures before; nil in the first
	MemoryCurrent *uint64  `json:"memoryCurrent"`
	MemoryMax     *uint64  `json:"memoryMax"` // nil also without a limit
	MemoryPeak    *uint64  `json:"memoryPeak"`
	PIDsCurrent   *uint64  `json:"pidsCurrent"`
	PIDsMax       *uint64  `json:"pidsMax"`
	IOReadBytes   *uint64  `json:"ioReadBytes"`
	IOWriteBytes  *uint64  `json:"ioWriteBytes"`

	CPUPressure    *float64 `json:"cpuPressure"` // "some avg10", percent
	MemoryPressure *float64 `json:"memoryPressure"`
	IOPressure     *float64 `json:"ioPressure"`
}

// Meter reads the figures of one container again and again.
type Meter struct {
	name, unit, dir string
	last            *uint64
	at              time.Time
}

// OpenMeter finds the control group of a container's unit. One that does not run
// has none, which is an error.
func OpenMeter(ctx context.Context, m *unit.Conn, name string) (*Meter, error) {
	u, err := Find(ctx, m, name)
	if err != nil {
		return nil, err
	}
	st, err := m.State(ctx, u.Service)
	if err != nil {
		return nil, fmt.Errorf("container %s: %w", name, err)
	}
	if st.ControlGroup == "" || ended(st) {
		return nil, fmt.Errorf("container %s: %w: %s is %s", name, ErrNoGroup, u.Service, st.ActiveState)
	}
	return &Meter{name: name, unit: u.Service, dir: filepath.Join(cgroupRoot, st.ControlGroup)}, nil
}

// ErrNoGroup is wrapped for a container that has no control group: it does not run.
var ErrNoGroup = errors.New("it does not run")

// Read reads the figures. The error wraps ErrNoGroup when the container has ended.
func (m *Meter) Read() (Stats, error) {
	s := Stats{Time: time.Now(), Name: m.name, Unit: m.unit}
	var err error
	text := func(name string) string {
		text, e := readFigure(filepath.Join(m.dir, name))
		err = errors.Join(err, e)
		return text
	}
	s.CPUUsageUSec = keyed(text("cpu.stat"), "usage_usec")
	s.MemoryCurrent, s.MemoryMax = single(text("memory.current")), single(text("memory.max"))
	s.MemoryPeak = single(text("memory.peak"))
	s.PIDsCurrent, s.PIDsMax = single(text("pids.current")), single(text("pids.max"))
	if io := text("io.stat"); io != "" {
		s.IOReadBytes, s.IOWriteBytes = ioTotals(io)
	}
	s.CPUPressure, s.MemoryPressure = pressure(text("cpu.pressure")), pressure(text("memory.pressure"))
	s.IOPressure = pressure(text("io.pressure"))
	if _, e := os.Stat(m.dir); errors.Is(e, fs.ErrNotExist) {
		return s, fmt.Errorf("container %s: %w", m.name, ErrNoGroup)
	}
	m.percent(&s)
	return s, err
}

// readFigure reads a file of a control group, with a newline at its end, or "" if
// the kernel does not have it there, or not now (psi=0).
func readFigure(path string) (string, error) {
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errors.ErrUnsupported), sys.IsErrno(err, sys.ENODEV):
		return "", nil
	case err != nil:
		return "", err
	}
	return string(data) + "\n", nil
}

// percent computes what the container has used of one CPU since the last time.
func (m *Meter) percent(s *Stats) {
	if m.last != nil && s.CPUUsageUSec != nil && *s.CPUUsageUSec >= *m.last {
		if span := s.Time.Sub(m.at).Microseconds(); span > 0 {
			p := float64(*s.CPUUsageUSec-*m.last) / float64(span) * 100
			s.CPUPercent = &p
		}
	}
	m.last, m.at = s.CPUUsageUSec, s.Time
}

// single reads a file with one number; "max" is no number.
func single(text string) *uint64 {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// keyed reads the number of a key in a flat keyed file.
func keyed(text, key string) *uint64 {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, key+" "); ok {
			return single(value)
		}
	}
	return nil
}

// ioTotals are the bytes of all devices in an io.stat, which has a line for each
// device that was used.
func ioTotals(text string) (read, written *uint64) {
	read, written = new(uint64), new(uint64)
	for line := range strings.Lines(text) {
		for _, word := range strings.Fields(line) {
			key, value, _ := strings.Cut(word, "=")
			switch key {
			case "rbytes":
				*read += number(value)
			case "wbytes":
				*written += number(value)
			}
		}
	}
	return read, written
}

// number is a number, or 0.
func number(text string) uint64 {
	if n := single(text); n != nil {
		return *n
	}
	return 0
}

// pressure is the share of the last ten seconds, in percent, in which some task
// waited (Documentation/accounting/psi.rst of Linux).
func pressure(text string) *float64 {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "some avg10=")
		if !ok {
			continue
		}
		word, _, _ := strings.Cut(rest, " ")
		if p, err := strconv.ParseFloat(word, 64); err == nil && p >= 0 && p <= 100 {
			return &p
		}
	}
	return nil
}
