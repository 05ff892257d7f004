package conmon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// notifyScenes: the container's sd_notify messages.
func notifyScenes() []scene {
	return []scene{
		{name: "notify", setup: shell("read x <$D/go; exit 3", "--sdnotify-socket", "$D/host"), play: notify(
			"STATUS=up\nREADY=1\nMAINPID=1",
			"MAINPID=1",
			"X=1\r\nSTOPPING=1",
			"WATCHDOG=1\nWATCHDOG=trigger\nWATCHDOG=2\nRELOADING=1\nMONOTONIC_USEC=5\nERRNO=2\nBUSERROR=x",
			"FDSTORE=1\nFDNAME=x\nBARRIER=1\nEXIT_STATUS=1\nNOTIFYACCESS=all\nEXTEND_TIMEOUT_USEC=5\nWATCHDOG_USEC=5",
			"READY=2",
			"READY=1",
		)},
		{name: "notify without a directory", setup: func() rig.Setup {
			return rig.Setup{Plan: rig.Shell("exit 3"), Options: []string{"--sdnotify-socket", "$D/host"}, Sync: true}
		}, play: firstFails},
	}
}

// notify sends datagrams as the container would, and traces what the host gets.
func notify(messages ...string) func(*testing.T, rig.Monitor, rig.Setup) rig.Trace {
	return func(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
		t.Helper()
		var host *rig.Datagrams
		s.Before = func(dir string) {
			rig.Fifo("go")(dir)
			must(t, os.MkdirAll(filepath.Join(dir, "bundle", "notify"), 0o755))
			host = rig.NewDatagrams(t, filepath.Join(dir, "host"))
		}
		r, _ := m.Create(t, s)
		var tr rig.Trace
		tr.Add("%s", r.Mode("bundle/notify/notify.sock"))
		for _, text := range messages {
			rig.SendDatagram(t, filepath.Join(r.Bundle, "notify/notify.sock"), text)
		}
		// The first message says READY=1, and the last, and no other.
		for ready := 0; ready < 2; {
			got, from := host.Next()
			tr.Add("%q, from the monitor: %v", got, from == r.Monitor())
			ready += strings.Count(got, "READY=1")
		}
		r.Line("go", "x")
		tr.Add("monitor %d", r.End())
		return tr
	}
}
