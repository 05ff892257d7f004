package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

const waitLong = `Wait until containers have ended for good, and write their exit codes, one on each line in the order of
the names: 128+n for death by signal n, "unknown" if nobody knows how it ended. Of one that has ended and is
kept the code is there at once.`

// waited is how a container has ended.
type waited struct {
	Name     string `json:"name"`
	ExitCode *int   `json:"exitCode"` // null: unknown
	err      error
}

func newWait() *cobra.Command {
	var user, json bool
	return jsonFlag(userFlag(&cobra.Command{
		Use: "wait NAME...", Short: "Wait until containers have ended", Long: waitLong, Args: names(0),
		RunE: func(cmd *cobra.Command, args []string) error { return wait(cmd.Context(), user, json, args) },
	}, &user), &json)
}

func wait(ctx context.Context, user, json bool, names []string) error {
	m, err := dial(ctx, user)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	ends := awaitAll(ctx, m, names)
	list := make([]waited, 0, len(names))
	var failed error
	out := ui.Stdout()
	for _, c := range ends {
		end := <-c
		if failed = errors.Join(failed, hint(end.err, user)); end.err != nil {
			continue
		}
		switch list = append(list, end); {
		case json:
		case end.ExitCode == nil:
			fmt.Fprintln(out.W, "unknown")
		default:
			fmt.Fprintln(out.W, *end.ExitCode)
		}
	}
	if json {
		failed = errors.Join(ui.JSON(out.W, list), failed)
	}
	return failed
}

// awaitAll waits for all at the same time; each has a channel for its end.
func awaitAll(ctx context.Context, m *unit.Conn, names []string) []chan waited {
	ends := make([]chan waited, len(names))
	once := make(map[string]func() waited)
	for i, name := range names {
		if once[name] == nil { // named twice, it is held once
			once[name] = sync.OnceValue(func() waited { return awaitOne(ctx, m, name) })
		}
		end := once[name]
		ends[i] = make(chan waited, 1)
		go func() { ends[i] <- end() }()
	}
	return ends
}

func awaitOne(ctx context.Context, m *unit.Conn, name string) waited {
	code, err := container.Await(ctx, m, name)
	switch {
	case err == nil:
		return waited{Name: name, ExitCode: &code}
	case errors.Is(err, container.ErrExitUnknown):
		return waited{Name: name}
	}
	return waited{Name: name, err: err}
}
