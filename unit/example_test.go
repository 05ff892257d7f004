package unit_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/unitmon/unitmon/unit"
)

// A transient service is started, and followed until the manager has unloaded
// it.
func Example() {
	ctx := context.Background()
	c, err := unit.Dial(ctx, unit.System)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	w, err := c.Watch(ctx, "greeting.service")
	if err != nil {
		log.Fatal(err)
	}
	defer w.Close()
	job, err := c.Start(ctx, unit.Spec{Name: "greeting.service", Properties: []unit.Property{
		{Name: "CollectMode", Value: "inactive-or-failed"},
		{Name: "RuntimeMaxUSec", Value: time.Minute},
		{Name: "ExecStart", Value: []unit.Exec{{Path: "/bin/echo", Args: []string{"echo", "hello"}}}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := job.Wait(ctx); err != nil {
		log.Fatal(err)
	}
	started := false
	for {
		s, err := w.Next(ctx)
		switch {
		case errors.Is(err, unit.ErrNotLoaded) && started:
			return
		case err != nil && !errors.Is(err, unit.ErrNotLoaded):
			log.Fatal(err)
		case err == nil:
			started = true
			fmt.Println(s.ActiveState, s.Result)
		}
	}
}

func ExampleEscape() {
	name := "unitmon@" + unit.Escape("my/web-1") + ".service"
	fmt.Println(name, unit.CheckName(name))
	// Output: unitmon@my-web\x2d1.service <nil>
}

func ExampleParseTimeSpan() {
	d, err := unit.ParseTimeSpan("1min 30s")
	fmt.Println(d, err)
	// Output: 1m30s <nil>
}
