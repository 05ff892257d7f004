package goption_test

import (
	"fmt"

	"github.com/unitmon/unitmon/internal/engine/cli/goption"
)

func Example() {
	var (
		terminal bool
		id       string
		args     []string
	)
	options := []goption.Option{
		{Long: "terminal", Short: 't', Into: &terminal, Help: "Allocate a terminal"},
		{Long: "cid", Short: 'c', Into: &id, Help: "ID of the container"},
		{Long: "arg", Into: &args, Help: "Argument"},
	}
	rest, err := goption.Parse(options, []string{"-tc", "web", "--arg=-v", "--arg", "", "1"})
	fmt.Printf("%v %q %q %q %v\n", terminal, id, args, rest, err)
	_, err = goption.Parse(options, []string{"-cweb"})
	fmt.Println(err)
	fmt.Print(goption.Help("prog", "- an example", goption.Group{Title: "Application Options", Options: options}))
	// Output:
	// true "web" ["-v" ""] ["1"] <nil>
	// Missing argument for -c
	// Usage:
	//   prog [OPTION…] - an example
	//
	// Help Options:
	//   -h, --help         Show help options
	//
	// Application Options:
	//   -t, --terminal     Allocate a terminal
	//   -c, --cid          ID of the container
	//   --arg              Argument
}
