package unitbus

import (
	"testing"

	"github.com/unitmon/unitmon/unit"
)

func BenchmarkState(b *testing.B) {
	c, err := unit.Dial(b.Context(), unit.System)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for b.Loop() {
		if _, err := c.State(b.Context(), "systemd-journald.service"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	c, err := unit.Dial(b.Context(), unit.System)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	spec := unit.Spec{Name: "unitbus-bench.service", Properties: []unit.Property{
		{Name: "Type", Value: "exec"},
		{Name: "RemainAfterExit", Value: true},
		{Name: "ExecStart", Value: []unit.Exec{{Path: "/bin/true", Args: []string{"true"}}}},
	}}
	for b.Loop() {
		for _, queue := range []func() (*unit.Job, error){
			func() (*unit.Job, error) { return c.Start(b.Context(), spec) },
			func() (*unit.Job, error) { return c.StopUnit(b.Context(), spec.Name) },
		} {
			job, err := queue()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := job.Wait(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
}
