// Package unitfile shows configured containers, unitmon@NAME.service, on a real
// systemd: from a directory to enabled, started, edited, upgraded and removed.
package unitfile

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == kit.FollowVerb {
		os.Exit(kit.Follow())
	}
	flag.Parse()
	if box.Inside() {
		cmd := exec.Command("sh", "testdata/install.sh", "../../contrib/systemd", box.ProgramDir)
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "install.sh: %v\n%s", err, out)
			os.Exit(1)
		}
	}
	box.Main(m, box.Options{
		Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay", "./cmd/unitmon-generator"},
		User:     "ann", Journal: true,
	})
}
