package container

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/unit"
)

// TestUnitFiles_SameAsTransient: what "unitmon run" gives its units is in the
// templates, property by property, and the templates have nothing else.
func TestUnitFiles_SameAsTransient(t *testing.T) {
	for dir, user := range map[string]bool{"system": false, "user": true} {
		p := &Plan{config: goodConfig(), record: testRecord(), dir: Dir{"%t/unitmon/%i"}}
		p.config.Name, p.config.User, p.config.StopTimeout = "%i", user, stopTimeoutDefault
		service := p.serviceSpec("@BINDIR@/unitmon", false)
		service.Properties = append(service.Properties, prop("WantedBy", []string{map[bool]string{false: "multi-user.target", true: "default.target"}[user]}))
		relay := p.relaySpec("@LIBEXECDIR@/unitmon-relay")
		for _, h := range relayHardening() {
			if h.where == templates || h.where == systemTemplate && !user {
				relay.Properties = append(relay.Properties, prop(h.name, h.value))
			}
		}
		sockets := p.socketSpec()
		if !user { // the default of instances is a slice of the template
			relay.Properties = append(relay.Properties, prop("Slice", "system.slice"))
			sockets.Properties = append(sockets.Properties, prop("Slice", "system.slice"))
		}
		for file, spec := range map[string]unit.Spec{
			"unitmon@.service": service, "unitmon-relay@.service": relay, "unitmon-relay@.socket": sockets,
		} {
			compareUnit(t, filepath.Join("../../contrib/systemd", dir, file), spec)
		}
	}
}

func compareUnit(t *testing.T, path string, spec unit.Spec) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := conf.Parse(path, text)
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, e := range entries {
		if e.Key != "Documentation" {
			got = append(got, e.Key+"="+e.Value)
		}
	}
	for _, p := range spec.Properties {
		if p.Name == "CollectMode" && !strings.HasSuffix(path, "relay@.service") {
			continue // a unit that is configured is there to be asked about
		}
		want = append(want, asFile(p)...)
	}
	slices.Sort(got)
	slices.Sort(want)
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s lacks %s", path, w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("%s has %s, a transient unit has not", path, g)
		}
	}
}

// asFile writes a property as the lines of a unit file.
func asFile(p unit.Property) []string {
	for _, h := range relayHardening() {
		if h.name == p.Name && h.bus != nil {
			return []string{p.Name + "=" + h.value}
		}
	}
	name := p.Name
	if s, ok := strings.CutSuffix(name, "USec"); ok {
		name = s + "Sec"
	}
	line := func(v string) []string { return []string{name + "=" + v} }
	switch v := p.Value.(type) {
	case bool:
		return line(map[bool]string{false: "no", true: "yes"}[v])
	case time.Duration:
		return line(v.String())
	case uint64: // microseconds
		return line(map[uint64]string{0: "0", 1: "1us"}[v])
	case int32: // a signal
		return nil
	case uint32:
		if name == "FileDescriptorStoreMax" {
			return line(fmt.Sprint(v))
		}
		return line(fmt.Sprintf("%04o", v))
	case []string:
		return line(renamed(strings.Join(v, " ")))
	case []unit.Exec:
		return line(fileCommand(v[0].Args))
	case []unit.Listen:
		var list []string
		for _, l := range v {
			list = append(list, "Listen"+l.Type+"="+l.Path)
		}
		return list
	}
	return line(fmt.Sprint(p.Value))
}

// renamed puts the templates' names in the place of transient units'.
func renamed(s string) string {
	return strings.NewReplacer("unitmon-relay-%i", "unitmon-relay@%i", "unitmon-%i", "unitmon@%i").Replace(s)
}

// fileCommand is a command line of a transient unit as the template has it.
func fileCommand(args []string) string {
	if verb := args[1]; verb == "launch" || verb == "reap" {
		args = slices.Insert(slices.Clone(args), len(args)-1, "--configured")
	}
	return strings.Join(args, " ")
}
