package cli

import "strings"

// Level is how much a monitor says of itself; each includes those before it.
type Level int

// The levels of --log-level.
const (
	LevelError Level = iota
	LevelWarn
	LevelInfo
	LevelDebug
	LevelTrace
)

// parseLevel knows the names of conmon's levels, in any case. podman has more
// of them than conmon, and passes its own on.
func parseLevel(name string) (Level, bool) {
	switch strings.ToLower(name) {
	case "error", "fatal", "panic":
		return LevelError, true
	case "warn", "warning":
		return LevelWarn, true
	case "info":
		return LevelInfo, true
	case "debug":
		return LevelDebug, true
	case "trace":
		return LevelTrace, true
	}
	return 0, false
}
