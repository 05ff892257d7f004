package unit_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/unitmon/unitmon/unit"
)

// Every change of every service is told, those that come later included.
func ExampleConn_Subscribe() {
	ctx := context.Background()
	c, err := unit.Dial(ctx, unit.System)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	isService := func(name string) bool { return strings.HasSuffix(name, ".service") }
	s, err := c.Subscribe(ctx, isService, "*.service")
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	for {
		ch, err := s.Next(ctx)
		switch {
		case err != nil:
			log.Fatal(err)
		case ch.Missed:
			fmt.Println(len(ch.Loaded), "services are loaded")
		case !ch.Gone:
			fmt.Println(ch.State.Name, ch.State.ActiveState, ch.ExecMainExit)
		}
	}
}
