package container

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// figures writes files of a control group and returns a Meter for it.
func figures(t *testing.T, files map[string]string) *Meter {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &Meter{name: "web", unit: "unitmon-web.service", dir: dir}
}

// TestMeter_Absent: a controller that is not there has no figure, not 0.
func TestMeter_Absent(t *testing.T) {
	s, err := figures(t, map[string]string{"cpu.stat": "usage_usec 1500\nuser_usec 1\n"}).Read()
	if err != nil {
		t.Fatal(err)
	}
	if s.CPUUsageUSec == nil || *s.CPUUsageUSec != 1500 {
		t.Errorf("CPU usage %v", s.CPUUsageUSec)
	}
	for i, p := range []*uint64{s.MemoryCurrent, s.MemoryMax, s.MemoryPeak, s.PIDsCurrent, s.PIDsMax, s.IOReadBytes, s.IOWriteBytes} {
		if p != nil {
			t.Errorf("figure %d is %d, but its file is not there", i, *p)
		}
	}
	if s.CPUPercent != nil || s.CPUPressure != nil {
		t.Errorf("%+v", s)
	}
}

func TestMeter(t *testing.T) {
	m := figures(t, map[string]string{
		"cpu.stat":       "usage_usec 1000000\n",
		"memory.current": "4096\n", "memory.max": "max\n", "memory.peak": "8192\n",
		"pids.current": "3\n", "pids.max": "10\n",
		"io.stat":      "8:0 rbytes=100 wbytes=7 rios=1\n8:16 rbytes=1 wbytes=2\n",
		"cpu.pressure": "some avg10=1.50 avg60=0.00 avg300=0.00 total=0\nfull avg10=9.00\n",
	})
	m.last, m.at = new(uint64), time.Now().Add(-time.Second)
	s, err := m.Read()
	if err != nil {
		t.Fatal(err)
	}
	if *s.MemoryCurrent != 4096 || s.MemoryMax != nil || *s.MemoryPeak != 8192 || *s.PIDsCurrent != 3 || *s.PIDsMax != 10 {
		t.Errorf("%+v", s)
	}
	if *s.IOReadBytes != 101 || *s.IOWriteBytes != 9 || *s.CPUPressure != 1.5 || s.MemoryPressure != nil {
		t.Errorf("%+v", s)
	}
	if s.CPUPercent == nil || *s.CPUPercent <= 0 || *s.CPUPercent > 100 {
		t.Errorf("%v percent for a second in more than a second", s.CPUPercent)
	}
	if s := figures(t, map[string]string{"io.stat": ""}); true {
		if got, err := s.Read(); err != nil || got.IOReadBytes == nil || *got.IOReadBytes != 0 {
			t.Errorf("a group that has not read: %+v, %v", got, err)
		}
	}
}

// TestMeter_Gone: the end of the container is told, not figures of nothing.
func TestMeter_Gone(t *testing.T) {
	m := &Meter{name: "web", dir: filepath.Join(t.TempDir(), "gone")}
	if _, err := m.Read(); !errors.Is(err, ErrNoGroup) {
		t.Errorf("error is %v", err)
	}
}

func FuzzFigures(f *testing.F) {
	f.Add("usage_usec 1\n")
	f.Add("8:0 rbytes=1 wbytes=x\n=\n")
	f.Add("some avg10=NaN\nsome avg10=1e9 \n")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = keyed(text, "usage_usec"), single(text)
		if r, w := ioTotals(text); r == nil || w == nil {
			t.Error("no totals")
		}
		if p := pressure(text); p != nil && (*p < 0 || *p > 100) {
			t.Errorf("pressure %v", *p)
		}
	})
}
