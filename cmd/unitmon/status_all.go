package main

import (
	"context"
	"fmt"
	"time"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

// overview tells how many containers there are and which need attention.
func (o *statusOptions) overview(ctx context.Context, m *unit.Conn) error {
	list, err := container.List(ctx, m, true)
	if err != nil {
		return err
	}
	out := ui.Stdout()
	if o.json {
		return ui.JSON(out.W, append([]container.Info{}, list...))
	}
	if o.quiet {
		return nil
	}
	count := map[string]int{}
	t := psTable()
	for _, c := range list {
		count[c.ActiveState]++
		if needsAttention(&c) {
			t.Add(psRow(&c, time.Now())...)
		}
	}
	fmt.Fprintf(out.W, "%d containers: %d active, %d inactive, %d failed, %d changing\n", len(list), count["active"], count["inactive"],
		count["failed"], len(list)-count["active"]-count["inactive"]-count["failed"])
	if t.Len() == 0 {
		return nil
	}
	fmt.Fprintln(out.W)
	return t.Write(out, false)
}

// needsAttention reports whether a container, or what serves it, has failed, or
// output was lost.
func needsAttention(c *container.Info) bool {
	return c.ActiveState == "failed" || c.LoadState != "loaded" || c.Relay == container.RelayFailed || c.LostLines != nil && *c.LostLines > 0
}
