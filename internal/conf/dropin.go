package conf

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// DropInName is the file that the generator writes for each unit. One of an
// administrator that sorts behind it wins, and so does any in /etc.
const DropInName = "50-container.conf"

// DropIns are the drop-ins for the units of a container; empty: none.
type DropIns struct{ Service, Relay string }

// DropIns writes the drop-ins. id is the container's ID; user says that they are
// for a user's own manager, which has neither LogExtraFields= nor
// LogRateLimitIntervalSec= (systemd.exec(5)).
func (c *Container) DropIns(id string, user bool) DropIns {
	return DropIns{c.service(id, user), c.relay(id, user)}
}

// service is the drop-in for unitmon@NAME.service.
func (c *Container) service(id string, user bool) string {
	var d dropIn
	d.begin(c, sectionUnit)
	if !user {
		for _, path := range c.paths() {
			d.set("RequiresMountsFor", quoteSetting(path))
		}
	}
	d.pass(c.pass, sectionUnit)
	d.section(sectionService)
	if c.StopSignal != "" {
		d.set("KillSignal", escape(c.StopSignal))
	}
	if c.StopTimeout != "" {
		d.set("TimeoutStopSec", escape(c.StopTimeout))
	}
	if c.NotifyContainer {
		// launch starts such a container itself: the manager runs
		// ExecStartPost= only when it has said READY=1.
		d.set("ExecStartPost", "")
	}
	if c.Stdio == "journal" && !user {
		d.fields(c.fields(id))
		d.set("LogRateLimitIntervalSec", "1us")
	}
	d.pass(c.pass, sectionService)
	return d.String()
}

// relay is the drop-in for unitmon-relay@NAME.service.
func (c *Container) relay(id string, user bool) string {
	var d dropIn
	d.begin(c, sectionUnit)
	d.section(sectionService)
	if user {
		return d.String()
	}
	d.fields(append(c.fields(id), [2]string{"OBJECT_SYSTEMD_UNIT", "unitmon@" + c.Name + ".service"}))
	for _, dir := range c.logDirs() {
		d.set("ReadWritePaths", "-"+quoteSetting(dir))
	}
	return d.String()
}

// logDirs are the directories of log files.
func (c *Container) logDirs() []string {
	var list []string
	for _, l := range c.Logs {
		if _, path, ok := strings.Cut(l, ":"); ok && filepath.IsAbs(path) {
			list = append(list, filepath.Dir(path))
		}
	}
	return list
}

// paths are what the container needs of the machine's file systems, which may
// have to be mounted first: without duplicates, in order.
func (c *Container) paths() []string {
	list := append(c.logDirs(), c.Rootfs, c.Bundle)
	for _, v := range c.Volumes {
		source, _, _ := strings.Cut(v, ":")
		list = append(list, source)
	}
	for _, f := range c.EnvFiles {
		list = append(list, f.Path)
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(p string) bool { return !filepath.IsAbs(p) })
}

// fields are the container's fields in the journal, as container.Record has
// them, but for those that the entry's sender writes itself.
func (c *Container) fields(id string) [][2]string {
	f := [][2]string{
		{"CONTAINER_ID", id[:min(12, len(id))]}, {"CONTAINER_ID_FULL", id}, {"CONTAINER_NAME", c.Name},
	}
	if c.Tag != "" {
		f = append(f, [2]string{"CONTAINER_TAG", c.Tag})
	}
	for _, k := range slices.Sorted(maps.Keys(c.Labels)) {
		f = append(f, [2]string{LabelField(k), c.Labels[k]})
	}
	return f
}

// dropIn is the text of a drop-in as it is written.
type dropIn struct{ strings.Builder }

func (d *dropIn) begin(c *Container, section string) {
	d.WriteString("# Made by unitmon-generator of " + c.Path + "; changes here are lost.\n")
	d.section(section)
	d.set("SourcePath", escape(c.Path))
}

func (d *dropIn) section(name string) { d.WriteString("[" + name + "]\n") }

// set adds an assignment. A backslash at its end must not continue it.
func (d *dropIn) set(key, value string) {
	if isContinued(value) {
		value += " "
	}
	d.WriteString(key + "=" + value + "\n")
}

func (d *dropIn) fields(list [][2]string) {
	for _, f := range list {
		d.set("LogExtraFields", quoteSetting(f[0]+"="+f[1]))
	}
}

// pass hands on the assignments of a section as they were written.
func (d *dropIn) pass(list []Entry, section string) {
	for _, e := range list {
		if e.Section == section {
			d.set(e.Key, e.Value)
		}
	}
}

// escape writes a value that has no specifiers.
func escape(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// quoteSetting writes one item of a value that is a list.
func quoteSetting(s string) string { return escape(Quote(s)) }
