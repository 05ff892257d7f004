package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

const topLong = `Show the processes of a container, with the pids and users of the host. They are found in its control group and
shown by ps(1): what stands after NAME goes to ps, as -o or --sort; options that select processes add to the
container's. ps is used because nothing else knows all of its columns.

--json prints an array of objects, without options for ps.`

func newTop() *cobra.Command {
	var user, json bool
	cmd := userFlag(&cobra.Command{
		Use: "top [options] NAME [PS-OPTION...]", Short: "Show the processes of a container", Long: topLong,
		Args: func(cmd *cobra.Command, args []string) error {
			if json {
				return names(1)(cmd, args)
			}
			return names(0)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return top(cmd.Context(), user, json, args[0], args[1:])
		},
	}, &user)
	cmd.Flags().BoolVar(&json, "json", false, "print JSON")
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// topColumns are what is shown without options.
const topColumns = "user,pid,%cpu,rss,time,args"

func top(ctx context.Context, user, json bool, name string, options []string) error {
	m, err := dial(ctx, user)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	if json {
		return topJSON(ctx, m, name)
	}
	if len(options) == 0 {
		options = []string{"-o", topColumns}
	}
	cmd, err := psOf(ctx, m, name, options...)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return psError(name, cmd.Run())
}

// psOf is ps for the processes of a container.
func psOf(ctx context.Context, m *unit.Conn, name string, options ...string) (*exec.Cmd, error) {
	pids, err := container.Processes(ctx, m, name)
	if err != nil {
		return nil, err
	}
	list := make([]string, len(pids))
	for i, pid := range pids {
		list[i] = strconv.Itoa(pid)
	}
	return exec.CommandContext(ctx, "ps", append(options, "-p", strings.Join(list, ","))...), nil
}

// psError explains how ps has failed; its own words are on stderr.
func psError(name string, err error) error {
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("container %s: ps is not installed (Debian: apt install procps)", name)
	case err != nil:
		return fmt.Errorf("container %s: ps: %w", name, err)
	}
	return nil
}

// process is one row of --json. CPU time and age are whole seconds in ps.
type process struct {
	PID        int      `json:"pid"`
	UID        *int     `json:"uid"`
	CPUPercent *float64 `json:"cpuPercent"` // over the life of the process
	RSS        *int64   `json:"rss"`        // bytes
	CPUUSec    *int64   `json:"cpuUSec"`
	AgeUSec    *int64   `json:"ageUSec"`
	Command    string   `json:"command"`
}

func topJSON(ctx context.Context, m *unit.Conn, name string) error {
	cmd, err := psOf(ctx, m, name, "-ww", "-o", "pid=,uid=,pcpu=,rss=,cputimes=,etimes=,args=")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := psError(name, cmd.Run()); err != nil {
		return err
	}
	list := []process{}
	for line := range strings.Lines(out.String()) {
		if p, ok := parseProcess(line); ok {
			list = append(list, p)
		}
	}
	return ui.JSON(os.Stdout, list)
}

// parseProcess reads a line of ps with the columns of topJSON.
func parseProcess(line string) (p process, ok bool) {
	var words [6]string
	rest := strings.TrimSuffix(line, "\n")
	for i := range words {
		rest = strings.TrimLeft(rest, " ")
		if words[i], rest, ok = strings.Cut(rest, " "); !ok {
			return p, false
		}
	}
	pid, err := strconv.Atoi(words[0])
	if err != nil {
		return p, false
	}
	p = process{PID: pid, Command: rest}
	if uid, err := strconv.Atoi(words[1]); err == nil {
		p.UID = &uid
	}
	if cpu, err := strconv.ParseFloat(words[2], 64); err == nil {
		p.CPUPercent = &cpu
	}
	p.RSS, p.CPUUSec, p.AgeUSec = scaled(words[3], 1024), scaled(words[4], 1e6), scaled(words[5], 1e6)
	return p, true
}

// scaled is a number times unit, or nil.
func scaled(word string, unit int64) *int64 {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/unit {
		return nil
	}
	n *= unit
	return &n
}
