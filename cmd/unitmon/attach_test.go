package main

import (
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/attach"
)

// parseAttach parses a command line of "unitmon attach" and completes it.
func parseAttach(args ...string) (*attachOptions, error) {
	o := &attachOptions{name: "web"}
	if err := o.command().ParseFlags(args); err != nil {
		return nil, err
	}
	return o, o.complete()
}

func TestAttach_Complete(t *testing.T) {
	for arg, want := range map[string]attach.Options{
		"--replay=":      {},
		"--replay=0":     {},
		"--replay=20":    {Lines: 20},
		"--replay=4096b": {Bytes: 4096},
	} {
		if o, err := parseAttach(arg); err != nil || o.past != want || string(o.keys.bytes) != "\x10\x11" {
			t.Errorf("%s: %+v, %v", arg, o, err)
		}
	}
	for arg, want := range map[string]string{
		"--replay=x":            `replay "x": `,
		"--replay=b":            `replay "b": `,
		"--replay=-2":           `replay "-2": `,
		"--replay=1.5":          `replay "1.5": `,
		"--replay=1bb":          `replay "1bb": `,
		"--detach-keys=ctrl-pq": `detach keys "ctrl-pq": `,
		"--detach-keys=,":       `detach keys ",": `,
	} {
		if _, err := parseAttach(arg); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", arg, err, want)
		}
	}
	if o, err := parseAttach("--detach-keys="); err != nil || len(o.keys.bytes) != 0 {
		t.Errorf("no keys: %+v, %v", o, err)
	}
}

// TestRun_DetachKeys: they are looked at before anything exists.
func TestRun_DetachKeys(t *testing.T) {
	if o, err := parse("--detach-keys", "ctrl-x", "web", "true"); err != nil || string(o.keys.bytes) != "\x18" {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := parse("--detach-keys", "ctrl-1", "web", "true"); err == nil || !strings.HasPrefix(err.Error(), "detach keys ") {
		t.Error(err)
	}
}
