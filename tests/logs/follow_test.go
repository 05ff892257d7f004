package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// count is what seq prints.
func count(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintln(&b, i+1)
	}
	return b.String()
}

// TestFollow_User: a user's own container is followed to its end, from a file
// and from the journal. What journald has not stored by then a user cannot make
// it store, so there the last lines may be missing.
func TestFollow_User(t *testing.T) {
	u := kit.LookupUser(t, "alice")
	path := u.RuntimeDir() + "/followed.log"
	t.Cleanup(func() { _ = os.Remove(path) })
	for name, log := range map[string]string{"journal": "journal", "file": "k8s-file:" + path} {
		t.Run(name, func(t *testing.T) {
			u.Detach(t, name, "--keep", "--log", log, name, "--", "sh", "-c", "seq 1 500; echo err >&2")
			want := kit.Result{Stdout: count(500), Stderr: "err\n"}
			got := u.Unitmon(t, "logs", "-f", name)
			if name == "file" && got != want || got.Code != 0 || !strings.HasPrefix(want.Stdout, got.Stdout) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestFollow_Rotated: a follower sees every line once while the relay rotates
// under it, whether or not it keeps up, as long as the files are there.
func TestFollow_Rotated(t *testing.T) {
	const lines = 100_000
	for _, driver := range []string{"k8s-file", "json-file"} {
		t.Run(driver, func(t *testing.T) {
			name := "rotated-" + driver
			log := filepath.Join(t.TempDir(), "log")
			kit.Detach(t, name, "--log", driver+":"+log, "--log-max-size", "64K", "--log-max-files", "500", "--keep", name,
				"--", "seq", "1", fmt.Sprint(lines))
			got := kit.Unitmon(t, "logs", "-f", name)
			if want := (kit.Result{Stdout: count(lines)}); got != want {
				t.Errorf("exit code %d, %d bytes of %d, stderr %q", got.Code, len(got.Stdout), len(want.Stdout), got.Stderr)
			}
			if got := kit.Unitmon(t, "logs", "--tail", "5000", name); got.Stdout != count(lines)[len(count(lines-5000)):] || got.Stderr != "" {
				t.Errorf("the last lines: exit code %d, %d bytes, stderr %q", got.Code, len(got.Stdout), got.Stderr)
			}
			if files, err := filepath.Glob(log + ".*"); err != nil || len(files) < 10 {
				t.Errorf("%d rotated files, %v", len(files), err)
			}
		})
	}
}
