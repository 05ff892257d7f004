package wire_test

import (
	"fmt"
	"os"

	"github.com/unitmon/unitmon/internal/engine/wire"
)

// What podman (with --api-version) and CRI-O get to read.
func ExampleMessage_Append() {
	podman, crio := wire.KeyOf(1, false), wire.KeyOf(0, false)
	os.Stdout.Write(wire.Message{Key: podman, Value: 1234}.Append(nil))
	os.Stdout.Write(wire.Message{Key: crio, Value: -1, Text: "exec: \"sh\": not found\n"}.Append(nil))
	// Output:
	// {"data": 1234}
	// {"pid": -1, "message": "exec: \"sh\": not found\n"}
}

// A monitor without a start pipe goes on at once.
func ExampleTakePipe() {
	start, err := wire.TakePipe(wire.StartPipe, "")
	fmt.Println(start, err, start.Wait())
	_, err = wire.TakePipe(wire.SyncPipe, "three")
	fmt.Println(err)
	// Output:
	// <nil> <nil> <nil>
	// unable to parse _OCI_SYNCPIPE Success
}

func ExampleListenPID() {
	environ := []string{"LISTEN_FDS=1", "LISTEN_PID=100"}
	const monitor = 200
	kept, _ := wire.ListenPID(environ, monitor, false)
	replaced, _ := wire.ListenPID(environ, monitor, true)
	fmt.Println(kept, replaced, wire.WithListenPID(environ, 300))
	// Output:
	// false true [LISTEN_FDS=1 LISTEN_PID=300]
}
