package attach

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
)

// childVerb is the argument with which this program is a client in a process of
// its own, which a test may stop and kill:
//
//	attach-child PATH read    reads; tells of the first packet, and of the end
//	attach-child PATH flood   sends input for ever, without reading
const childVerb = "attach-child"

// floodByte is all that a flood consists of.
const floodByte = 'x'

func child(path string, args []string) int {
	conn, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err == nil {
		fmt.Println("connected")
		switch args[0] {
		case "read":
			err = readAll(conn)
		case "flood":
			err = flood(conn)
		}
	}
	fmt.Println("ended:", err)
	return 0
}

// readAll prints how many bytes of stdout came, and what came last on stderr.
func readAll(conn *net.UnixConn) error {
	buf := make([]byte, maxInput)
	var n int
	var last []byte
	for {
		k, err := conn.Read(buf)
		if errors.Is(err, io.EOF) {
			fmt.Printf("stdout %d, stderr %q\n", n, last)
			return nil
		}
		if err != nil {
			return err
		}
		if n == 0 {
			fmt.Println("reads")
		}
		if buf[0] == streamStdout {
			n += k - 1
		} else {
			last = bytes.Clone(buf[1:k])
		}
	}
}

func flood(conn *net.UnixConn) error {
	packet := bytes.Repeat([]byte{floodByte}, maxInput)
	for i := 0; ; i++ {
		if _, err := conn.Write(packet); err != nil {
			return err
		}
		if i == 0 {
			fmt.Println("sends")
		}
	}
}
