package attach

import (
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestEnd_Kept: clients see the end of file when the container has ended, also
// if its units are kept; who comes then is not kept waiting.
func TestEnd_Kept(t *testing.T) {
	shared := kit.Share(t)
	c := underUnitmon(t, job{
		root: kit.BusyboxRoot(t), shared: shared, script: goFIFO + "echo last; exit 2",
		unitmonOption: []string{"--keep"},
	})
	first := dial(t, c.attach())
	shared.Go(t)
	if got := ended(c, first); got.Stdout != "last\n" || got.Code != 2 {
		t.Error(describe(got))
	}
}

// TestEnd_Behind: a client that has not yet read what the container wrote
// before its end, and is less behind than the relay's ring holds, still gets it,
// wherever else the output went.
func TestEnd_Behind(t *testing.T) {
	const chunks = 3 // more than a socket's buffer holds
	root := kit.BusyboxRoot(t)
	for _, log := range []string{"journal", "none", "k8s-file:" + t.TempDir() + "/log"} {
		t.Run(strings.Split(log, ":")[0], func(t *testing.T) {
			shared := kit.Share(t)
			writeFile(t, shared.Path("chunk"), chunk())
			c := underUnitmon(t, job{
				root: root, shared: shared, script: goFIFO + strings.Repeat("cat /shared/chunk; ", chunks) + "exit 3",
				unitmonOption: []string{"--log", log},
			})
			cl := connect(t, c.attach())
			cl.expect = chunk()
			shared.Go(t)
			if code := c.exit(); code != 3 {
				t.Errorf("exit code %d, want 3", code)
			}
			cl.read()
			if _, stderr := cl.end(); cl.n != chunks*chunkSize || stderr != "" {
				t.Errorf("%s, want %d bytes of stdout", cl.summary(), chunks*chunkSize)
			}
		})
	}
}
