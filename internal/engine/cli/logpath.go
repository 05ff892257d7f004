package cli

import "strings"

// add reads one --log-path. It returns what is wrong with it, in conmon's
// words, or "".
//
// The grammar is conmon's, of parse_log_path in its ctr_logging.c: DRIVER,
// DRIVER:PATH, :PATH or PATH. conmon reads it with strtok(3), so any number of
// ':' separates; that holds here up to where the path begins. From there on
// ':' is a part of the path.
func (l *Log) add(value string) string {
	trimmed := strings.TrimLeft(value, ":")
	if trimmed == "" {
		return "log-path must not be empty"
	}
	driver, path, separated := strings.Cut(trimmed, ":")
	if len(trimmed) < len(value) && !(separated && known(driver)) {
		l.File = trimmed // ":none" is a file named so
		return ""
	}
	switch driver {
	case "off", "null", "none":
	case "passthrough":
		l.Passthrough = true
	case "journald":
		l.Journal = true
	case "k8s-file":
		if path = strings.TrimLeft(path, ":"); path == "" {
			return "k8s-file requires a filename"
		}
		l.File = path
	default:
		// No driver has '/' in its name.
		if separated && !strings.Contains(driver, "/") {
			return "No such log driver " + driver
		}
		l.File = trimmed
	}
	return ""
}

func known(driver string) bool {
	switch driver {
	case "off", "null", "none", "passthrough", "journald", "k8s-file":
		return true
	}
	return false
}
