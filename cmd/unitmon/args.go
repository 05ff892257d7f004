package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// names wants at least one NAME, and at most max if max is above 0.
func names(max int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return fmt.Errorf("no container named: %s", cmd.UseLine())
		case max > 0 && len(args) > max:
			return fmt.Errorf("more than %d container named: %q: %s", max, args[max], cmd.UseLine())
		}
		return nil
	}
}

// polish completes the command tree with what concerns all commands.
func polish(root *cobra.Command) {
	root.Version = programVersion()
	root.SetVersionTemplate("unitmon {{.Version}}\n")
	root.AddCommand(slipCommands()...)
	mendCommands(root)
	completeNames(root)
	for _, cmd := range root.Commands() {
		cmd.DisableFlagsInUseLine = strings.Contains(cmd.Use, "[options]") // it says so itself
	}
}
