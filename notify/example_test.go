package notify_test

import (
	"context"
	"fmt"
	"os"

	"github.com/unitmon/unitmon/notify"
)

func Example() {
	manager, err := notify.FromEnv() // nil without a manager, which is fine
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer manager.Close()
	err = manager.Send(notify.Ready, notify.MainPID(os.Getpid()), notify.Status("serving"))
	if err == nil {
		err = manager.Barrier(context.Background())
	}
	fmt.Println(err)
	// Output: <nil>
}

func ExampleParse() {
	state, err := notify.Parse([]byte("STATUS=almost there\nREADY=1\nX_OWN=1"))
	fmt.Println(state.Ready, state.Status.V, len(state.Lines), err)
	// Output: true almost there 3 <nil>
}
