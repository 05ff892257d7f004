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

// slip explains an option that other container programs have and unitmon has
// not, in place of cobra's bare "unknown flag".
func slip(_ *cobra.Command, err error) error {
	for _, s := range [][2]string{
		{"flag: --rm", "it is the default, --keep keeps the units"},
		{"flag: --name", "the name is the first argument: unitmon run NAME -- COMMAND"},
		{"flag: --publish", "there is no network to publish ports of, the host's is used"},
	} {
		if strings.Contains(err.Error(), s[0]) {
			return fmt.Errorf("%w: %s", err, s[1])
		}
	}
	return err
}
