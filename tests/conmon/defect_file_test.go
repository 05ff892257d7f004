package conmon

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// fileDefects: logs and exit files. Rotation is in rotationDefects.
func fileDefects() []defect {
	return []defect{
		{
			name: "colon in the log's path", setup: func() rig.Setup {
				return rig.Setup{Log: "-", Plan: rig.Shell("echo hello"), Options: []string{"-l", "k8s-file:$D/a:b"}}
			}, play: colon,
			conmon: "the file is a", want: "the file is a:b",
		},
		{
			name: "exec without an exit directory", setup: func() rig.Setup {
				return rig.Setup{Exec: true, Plan: rig.Shell("exit 5"), ExitDir: "/nowhere/exits"}
			}, play: noExitDir,
			conmon: "EOF", want: "{\"data\": 5}\n",
		},
	}
}

func colon(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	r := m.Begin(t, s)
	r.End()
	for _, name := range []string{"a", "a:b"} {
		if _, err := os.Stat(filepath.Join(r.Dir, name)); err == nil {
			return "the file is " + name
		}
	}
	return "there is no file"
}

func noExitDir(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	r, _ := m.Create(t, s)
	text := r.Sync.Next()
	r.End()
	return text
}
