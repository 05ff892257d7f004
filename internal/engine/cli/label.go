package cli

import "strings"

// checkLabels checks the form of all --log-label: NAME=VALUE with one '=', and
// names as the journal takes them for fields. More than one '=' would be no
// problem here; conmon's own test suite has it refused.
func (o *Options) checkLabels(d *Diag) error {
	const format = "Container labels must be in format LABEL=VALUE "
	for _, label := range o.LogLabels {
		name, _, _ := strings.Cut(label, "=")
		switch {
		case strings.HasPrefix(label, "="):
			return d.Exit(format + "(no LABEL present in '" + label + "')")
		case strings.Count(label, "=") != 1:
			return d.Exit(format + "(none or more than one '=' present in '" + label + "')")
		case strings.IndexFunc(name, notFieldName) >= 0:
			return d.Exit("Container label names must contain only uppercase letters, numbers and underscore (in '" + label + "')")
		}
	}
	return nil
}

func notFieldName(r rune) bool {
	return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
}
