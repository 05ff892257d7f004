package sdproxy_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/engine/sdproxy"
	"github.com/unitmon/unitmon/notify"
)

func Example() {
	bundle, err := os.MkdirTemp("", "bundle")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(bundle)
	_ = os.Mkdir(filepath.Join(bundle, "notify"), 0o700) // as the engine does

	p, err := sdproxy.Listen(bundle, "/run/nobody")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	container, err := notify.Open(filepath.Join(bundle, "notify/notify.sock"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer container.Close()
	fmt.Println(container.Send(notify.Ready))
	fmt.Println(p.Ready()) // when p.FD() is readable
	fmt.Println(p.Ready()) // kept, and not told of again
	// Output:
	// <nil>
	// notify socket /run/nobody: sendto: no such file or directory
	// <nil>
}
