package attach

import (
	"fmt"
	"os"
	"reflect"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestLikeConmon: the same container and the same clients under Debian's conmon
// and under unitmon. Conmon's defects, which are the only allowed differences,
// are in defect_test.go.
func TestLikeConmon(t *testing.T) {
	root := kit.BusyboxRoot(t)
	for _, s := range append(outputScenes(), inputScenes()...) {
		t.Run(s.name, func(t *testing.T) {
			for _, m := range monitors() {
				t.Run(m.name, func(t *testing.T) {
					if got := s.run(t, m, root); !reflect.DeepEqual(got, s.want) {
						t.Errorf("got %s, want %s", describe(got), describe(s.want))
					}
				})
			}
		})
	}
}

func (s scene) run(t testing.TB, m monitor, root string) outcome {
	t.Helper()
	shared := kit.Share(t)
	for name, data := range map[string]string{"bytes": allBytes(), "long": longLines(), "some": allBytes()[:4096]} {
		writeFile(t, shared.Path(name), []byte(data))
	}
	c := m.make(t, job{root: root, script: s.script, shared: shared, stdin: s.stdin, leaveOpen: s.leaveOpen})
	if s.play == nil {
		return watch(t, c, shared)
	}
	return s.play(t, c, shared)
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// describe shortens an outcome for a message.
func describe(o outcome) string {
	return fmt.Sprintf("exit code %d, stdout of %d bytes …%q, stderr of %d bytes …%q, %q",
		o.Code, len(o.Stdout), tail(o.Stdout), len(o.Stderr), tail(o.Stderr), o.More)
}
