package root

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/socketact"
)

// activated takes two FIFOs and a listener of one socket unit, and a datagram
// socket of another, and says what it finds in each.
func activated(say func(string), args []string) error {
	dir := args[0]
	set, err := socketact.Take()
	if err != nil {
		return err
	}
	defer set.Close()
	names := set.Names()
	slices.Sort(names) // between two units there is no order
	say(strings.Join(names, " "))
	stdio := set.Named("stdio")
	defer stdio.Close()
	for _, name := range []string{"stderr", "stdout"} { // not as in the unit
		f, err := stdio.TakeFIFO(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		defer f.Close()
		buf := make([]byte, 100)
		n, err := f.Read(buf)
		if err != nil {
			return err
		}
		say(name + ": " + string(buf[:n]))
	}
	attach, err := stdio.TakeListener(socketact.SeqPacket, filepath.Join(dir, "attach"))
	if err != nil {
		return err
	}
	defer attach.Close()
	control, err := set.TakeListener(socketact.Datagram, filepath.Join(dir, "control"))
	if err != nil {
		return err
	}
	defer control.Close()
	say(fmt.Sprintf("left %d %d", stdio.Len(), set.Len()))
	return greet(attach)
}

// greet accepts one client.
func greet(attach *os.File) error {
	l, err := net.FileListener(attach)
	if err != nil {
		return err
	}
	defer l.Close()
	client, err := l.Accept()
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = client.Write([]byte("hello"))
	return err
}

const socketUnits = `[Unit]
Description=test socket
[Socket]
FileDescriptorName=stdio
DirectoryMode=0700
ListenFIFO=DIR/stdout
ListenFIFO=DIR/stderr
ListenSequentialPacket=DIR/attach
Service=UNIT.service
`

const controlUnit = `[Unit]
Description=test socket
[Socket]
FileDescriptorName=control
ListenDatagram=DIR/control
Service=UNIT.service
`

const serviceUnit = `[Unit]
Description=test service
[Service]
ExecStart=EXE activated REPORT DIR
`

// writeUnits makes unit files and has the manager read them.
func writeUnits(t *testing.T, replace *strings.Replacer, units map[string]string) {
	t.Helper()
	for name, text := range units {
		path := filepath.Join("/run/systemd/system", name)
		if err := os.WriteFile(path, []byte(replace.Replace(text)), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Remove(path) })
	}
	run(t, "systemctl", "daemon-reload")
}

// TestSocketact_OneUnit: FIFOs and a seqpacket socket of one socket unit have
// one name and are told apart.
func TestSocketact_OneUnit(t *testing.T) {
	r, unit, dir := newReport(t), unitName(t), runDir(t)
	writeUnits(t, strings.NewReplacer("DIR", dir, "UNIT", unit, "REPORT", r.path, "EXE", executable(t)),
		map[string]string{
			unit + ".service":        serviceUnit,
			unit + ".socket":         socketUnits,
			unit + "-control.socket": controlUnit,
		})
	run(t, "systemctl", "start", unit+".socket", unit+"-control.socket")
	defer run(t, "systemctl", "stop", unit+".socket", unit+"-control.socket", unit+".service")
	for _, name := range []string{"stdout", "stderr"} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		f.WriteString("written to " + name) // starts the service
	}
	r.want(t, "control stdio stdio stdio", "stderr: written to stderr", "stdout: written to stdout", "left 0 0")
	client, err := net.Dial("unixpacket", filepath.Join(dir, "attach"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	buf := make([]byte, 100)
	if n, err := client.Read(buf); string(buf[:n]) != "hello" {
		t.Errorf("attach: %q, %v", buf[:n], err)
	}
}
