package conmon

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// relayDefects: the container's sd_notify messages.
func relayDefects() []defect {
	return []defect{
		{
			name: "notify socket that is away for a while", setup: shell("read x <$D/go", "--sdnotify-socket", "$D/host"), play: hostComesBack,
			conmon: "relays nothing any more", want: "relays again",
		},
		{
			name: "abstract notify socket", setup: shell("read x <$D/go"), play: abstractHost,
			conmon: "relays nothing", want: "relays",
		},
	}
}

const notifySocket = "notify/notify.sock"

func hostComesBack(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	s.Before = notifyDir(t)
	r, _ := m.Create(t, s)
	rig.SendDatagram(t, filepath.Join(r.Bundle, notifySocket), "READY=1")
	_ = r.Client() // and so the loop has seen the message
	host := rig.NewDatagrams(t, r.Path("host"))
	rig.SendDatagram(t, filepath.Join(r.Bundle, notifySocket), "READY=1")
	if _, _, ok := host.Within(m.Hope); !ok {
		return "relays nothing any more"
	}
	return "relays again"
}

func abstractHost(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	s.Before = notifyDir(t)
	name := ""
	s.Late = func() []string {
		name = "@conmon-test-" + filepath.Base(t.TempDir()) + m.Name
		return []string{"--sdnotify-socket", name}
	}
	r := m.Launch(t, s)
	host := rig.NewDatagrams(t, name)
	r.Start.Send("\x00")
	r.Sync.Next()
	rig.SendDatagram(t, filepath.Join(r.Bundle, notifySocket), "READY=1")
	if _, _, ok := host.Within(m.Hope); !ok {
		return "relays nothing"
	}
	return "relays"
}

func notifyDir(t *testing.T) func(dir string) {
	t.Helper()
	return func(dir string) {
		rig.Fifo("go")(dir)
		must(t, os.MkdirAll(filepath.Join(dir, "bundle", "notify"), 0o755))
	}
}
