package conmon

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// scene is something that both monitors do alike.
type scene struct {
	name  string
	setup func() rig.Setup
	// play begins the run and traces it; nil: it begins and ends by itself,
	// and Life is the trace.
	play func(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace
}

// shell is the setup of a container that runs a script.
func shell(script string, options ...string) func() rig.Setup {
	return func() rig.Setup { return rig.Setup{Plan: rig.Shell(script), Options: options} }
}

// life is the scene that goes by itself.
func life(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	return m.Begin(t, s).Life()
}

func scenes() []scene {
	return slices.Concat(
		lifeScenes(), execScenes(), stdioScenes(), controlScenes(), signalScenes(), logScenes(), inheritScenes(), notifyScenes(),
	)
}

var update = flag.Bool("update", false, "write what conmon does to testdata/scenes.txtar")

// golden is what the monitors do in each scene. Where conmon 2.2.1, which ours
// is to be like, does not do what Debian's 2.1.6 does, a second section, named
// after the scene and newer, has that.
const (
	golden = "testdata/scenes.txtar"
	newer  = " (2.2.1)"
)

// TestScenes: the same engine, container and clients under both monitors, the
// same trace. -update writes the sections of Debian's conmon anew.
func TestScenes(t *testing.T) {
	archive, err := txtar.ParseFile(golden)
	must(t, err)
	want := map[string]string{}
	for _, f := range archive.Files {
		want[f.Name] = string(f.Data)
	}
	got := make(chan txtar.File, len(scenes()))
	t.Run("all", func(t *testing.T) {
		for _, s := range scenes() {
			for _, m := range monitors {
				if *update && !m.Real() {
					continue
				}
				t.Run(strings.ReplaceAll(s.name, " ", "-")+"/"+m.Name, func(t *testing.T) {
					t.Parallel()
					text := s.text(t, m)
					if *update {
						got <- txtar.File{Name: s.name, Data: []byte(text)}
						return
					}
					want, other := want[s.name], want[s.name+newer]
					if !m.Real() && other != "" {
						want = other
					}
					if text != want {
						t.Errorf("got\n%s\nwant\n%s", text, want)
					}
				})
			}
		}
	})
	close(got)
	if *update {
		rewrite(t, archive, got)
	}
}

// text runs a scene.
func (s scene) text(t *testing.T, m rig.Monitor) string {
	t.Helper()
	play := s.play
	if play == nil {
		play = life
	}
	return strings.Join(play(t, m, s.setup()), "\n") + "\n"
}

// rewrite replaces the sections of conmon and keeps the newer ones.
func rewrite(t *testing.T, old *txtar.Archive, got <-chan txtar.File) {
	t.Helper()
	found := map[string][]byte{}
	for f := range got {
		found[f.Name] = f.Data
	}
	for _, f := range old.Files {
		if strings.HasSuffix(f.Name, newer) {
			found[f.Name] = f.Data
		}
	}
	fresh := &txtar.Archive{Comment: old.Comment}
	for _, s := range scenes() {
		for _, name := range []string{s.name, s.name + newer} {
			if data, ok := found[name]; ok {
				fresh.Files = append(fresh.Files, txtar.File{Name: name, Data: data})
			}
		}
	}
	must(t, os.WriteFile(golden, txtar.Format(fresh), 0o644))
}

// TestGolden: each scene is in the file once, and nothing else is.
func TestGolden(t *testing.T) {
	archive, err := txtar.ParseFile(golden)
	must(t, err)
	var want, got []string
	for _, s := range scenes() {
		want = append(want, s.name)
	}
	for _, f := range archive.Files {
		if !strings.HasSuffix(f.Name, newer) {
			got = append(got, f.Name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has %d sections of conmon for %d scenes, or in another order; run with -update", golden, len(got), len(want))
	}
}
