package socketact_test

import (
	"fmt"
	"os"

	"github.com/unitmon/unitmon/socketact"
)

func Example() {
	set, err := socketact.Take()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer set.Close() // what nobody asked for
	if set.Len() == 0 {
		fmt.Println("not started by a socket")
		return
	}
	attach, err := set.Named("attach").TakeListener(socketact.SeqPacket, "/run/web/attach")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer attach.Close()
	// Output: not started by a socket
}

func ExampleSet_Environ() {
	var set socketact.Set
	defer set.Close()
	r, w, err := os.Pipe()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	set.Add("in", r)
	set.Add("out", w)
	fmt.Println(set.Environ(1234))
	// Output: [LISTEN_FDS=2 LISTEN_FDNAMES=in:out LISTEN_PID=1234]
}
