package goption

import "strings"

// Group is a part of the help: a heading and its options.
type Group struct {
	Title   string
	Options []Option
}

// Help returns what GLib's --help prints, which has one column for all
// groups: a line of usage, the help options, then the groups.
func Help(program, parameters string, groups ...Group) string {
	help := Group{"Help Options", []Option{{Long: "help", Short: 'h', Help: "Show help options"}}}
	groups = append([]Group{help}, groups...)
	width := len("-?, --help")
	for _, g := range groups[1:] {
		width = max(width, g.width())
	}
	var b strings.Builder
	b.WriteString("Usage:\n  " + program + " [OPTION…] " + parameters + "\n\n")
	for _, g := range groups {
		g.append(&b, width)
	}
	return b.String()
}

func (g *Group) append(b *strings.Builder, width int) {
	b.WriteString(g.Title + ":\n")
	for i := range g.Options {
		o := &g.Options[i]
		if o.Hidden {
			continue
		}
		names := o.names()
		b.WriteString("  " + names + strings.Repeat(" ", width-len(names)+gap) + o.Help + "\n")
	}
	b.WriteString("\n")
}

// gap is what GLib adds to the width of a group for the second column.
const gap = 7

// width is as GLib counts it (calculate_max_length in goption.c): without the
// dashes of the long name.
func (g *Group) width() int {
	width := 0
	for i := range g.Options {
		o := &g.Options[i]
		switch {
		case o.Hidden:
		case o.Short != 0:
			width = max(width, len("-x, ")+len(o.Long))
		default:
			width = max(width, len(o.Long))
		}
	}
	return width
}

func (o *Option) names() string {
	if o.Short == 0 {
		return "--" + o.Long
	}
	return "-" + string(rune(o.Short)) + ", --" + o.Long
}
