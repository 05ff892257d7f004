package box_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/unitmon/unitmon/tests/box"
)

func Example() {
	b, err := box.Boot(context.Background(), box.Options{Name: "example"})
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close()
	res, err := b.Run(context.Background(), box.Cmd{
		Args: []string{"systemctl", "is-system-running"}, Stderr: os.Stderr,
	})
	fmt.Printf("%s%d %v\n", res.Stdout, res.Status, err)
	// Output:
	// running
	// 0 <nil>
}
