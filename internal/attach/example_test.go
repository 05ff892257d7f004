package attach_test

import (
	"fmt"

	"github.com/unitmon/unitmon/internal/attach"
)

func ExampleParseKeys() {
	keys, err := attach.ParseKeys("ctrl-p,ctrl-q")
	fmt.Printf("%q %v\n", keys, err)
	_, err = attach.ParseKeys("ctrl-1")
	fmt.Println(err)
	// Output:
	// "\x10\x11" <nil>
	// detach keys "ctrl-1": "ctrl-1" is neither a character nor ctrl- and one of a-z @ [ \ ] ^ _
}

func ExampleDetector() {
	d := attach.NewDetector([]byte("\x10\x11"))
	for _, read := range []string{"ls\n\x10", "x\x10", "\x11"} {
		typed, found := d.Filter(nil, []byte(read))
		fmt.Printf("%q %t\n", typed, found)
	}
	// Output:
	// "ls\n" false
	// "\x10x" false
	// "" true
}
