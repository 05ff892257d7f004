package cli_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/unitmon/unitmon/internal/engine/cli"
)

func ExampleParse() {
	o, err := cli.Parse("conmon", []string{
		"--api-version", "1", "--cid", "1234567890123", "--cuuid", "42", "--runtime", "/bin/true", "-l", "journald:42",
	}, os.Getenv)
	if err == nil {
		err = o.Check(cli.NewDiag(o, "conmon", os.Stderr))
	}
	fmt.Println(o.APIVersion, o.CID, o.Log.Journal, err)

	_, err = cli.Parse("conmon", []string{"-lpath"}, os.Getenv)
	var exit *cli.Exit
	if errors.As(err, &exit) {
		fmt.Printf("%d %q\n", exit.Code, exit.Stderr)
	}
	// Output:
	// 1 1234567890123 true <nil>
	// 1 "conmon: option parsing failed: Missing argument for -l\n"
}
