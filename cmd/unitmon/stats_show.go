package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
)

// Sequences of ECMA-48, console_codes(4).
const (
	cursorHome = "\x1b[H"
	clearAll   = "\x1b[H\x1b[2J"
	clearLine  = "\x1b[K"
	clearRest  = "\x1b[J"
)

// show prints one reading: over the one before on a terminal, below it elsewhere.
func (o *statsOptions) show(out ui.Out, list []container.Stats) error {
	if o.json {
		return o.showJSON(out, list)
	}
	var b bytes.Buffer
	to := out
	to.W = &b
	if err := statsTable(list).Write(to, false); err != nil {
		return err
	}
	text := b.String()
	if out.Terminal && !o.once {
		begin := cursorHome
		if !o.drawn {
			begin, o.drawn = clearAll, true
		}
		text = begin + strings.ReplaceAll(text, "\n", clearLine+"\r\n") + clearRest
	}
	_, err := fmt.Fprint(out.W, text)
	return err
}

func (o *statsOptions) showJSON(out ui.Out, list []container.Stats) error {
	for i := range list {
		list[i].Time = list[i].Time.UTC()
	}
	if o.once {
		return ui.JSON(out.W, list)
	}
	for _, s := range list {
		if err := ui.JSONLine(out.W, s); err != nil {
			return err
		}
	}
	return nil
}

// statsTable is one reading for people.
func statsTable(list []container.Stats) *ui.Table {
	t := &ui.Table{Columns: []ui.Column{
		{Head: "NAME", Cut: true},
		{Head: "CPU%", Right: true},
		{Head: "MEMORY", Right: true},
		{Head: "LIMIT", Right: true},
		{Head: "PIDS", Right: true},
		{Head: "LIMIT", Right: true},
		{Head: "READ", Right: true},
		{Head: "WRITTEN", Right: true},
		{Head: "PRESSURE", Right: true},
	}}
	for _, s := range list {
		pressure := strings.Join([]string{statPercent(s.CPUPressure), statPercent(s.MemoryPressure), statPercent(s.IOPressure)}, "/")
		t.Add(s.Name, statPercent(s.CPUPercent), statSize(s.MemoryCurrent), statSize(s.MemoryMax), statCount(s.PIDsCurrent), statCount(s.PIDsMax),
			statSize(s.IOReadBytes), statSize(s.IOWriteBytes), pressure)
	}
	return t
}

func statPercent(p *float64) string {
	if p == nil {
		return ui.Dash
	}
	return fmt.Sprintf("%.1f", *p)
}

func statSize(n *uint64) string {
	if n == nil {
		return ui.Dash
	}
	return ui.Size(*n)
}

func statCount(n *uint64) string {
	if n == nil {
		return ui.Dash
	}
	return fmt.Sprint(*n)
}
