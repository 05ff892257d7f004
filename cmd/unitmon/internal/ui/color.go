package ui

import "strings"

// Select Graphic Rendition sequences of ECMA-48, console_codes(4).
const (
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	red    = "\x1b[31m"
	plain  = "\x1b[0m"
)

// colorOf is the colour of a state, "" for none. The words are the manager's
// (systemctl(1)), the OCI runtimes' and ours.
func colorOf(state string) string {
	if strings.Contains(state, "paused") || strings.Contains(state, "auto-restart") {
		return yellow
	}
	word, _, _ := strings.Cut(state, " ")
	switch word {
	case "active", "running":
		return green
	case "activating", "deactivating", "reloading", "creating", "created", "restarting":
		return yellow
	case "failed", "not-found", "bad-setting", "error", "masked":
		return red
	}
	return ""
}

// State is a state as o shows it: coloured, if o has colours. Control characters
// are made visible, see Clean.
func (o Out) State(state string) string { return o.paint(state, Clean(state)) }

// paint gives text, which stands for state, the colour of that.
func (o Out) paint(state, text string) string {
	c := colorOf(state)
	if !o.Color || c == "" {
		return text
	}
	return c + text + plain
}
