package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
)

const completionLong = `Write a script that makes a shell complete the commands, options and names of containers. Packages
install it; by hand:

  bash  unitmon completion bash > /etc/bash_completion.d/unitmon
  zsh   unitmon completion zsh  > "${fpath[1]}/_unitmon"
  fish  unitmon completion fish > ~/.config/fish/completions/unitmon.fish`

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use: "completion bash|zsh|fish", Short: "Write a completion script for a shell", Long: completionLong,
		ValidArgs: []cobra.Completion{"bash", "zsh", "fish"}, Args: cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			}
			return root.GenFishCompletion(out, true)
		},
	}
}

// completeNames makes every command of root that takes the NAME of a container
// complete it.
func completeNames(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		if strings.Contains(cmd.Use, "NAME") && cmd.ValidArgsFunction == nil {
			cmd.ValidArgsFunction = namesFor
		}
	}
}

// namesFor are the containers that a command can be meant for. They are read from
// directories, which is quicker than to ask the manager.
func namesFor(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	several := strings.Contains(cmd.Use, "NAME...")
	if len(args) > 0 && !several {
		if strings.Contains(cmd.Use, "COMMAND") {
			return nil, cobra.ShellCompDirectiveDefault // of the host: mostly the same
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	user, _ := cmd.Flags().GetBool("user-manager") // not every command has it
	list := slices.DeleteFunc(candidates(cmd.Name(), user), func(name string) bool {
		return !strings.HasPrefix(name, prefix) || slices.Contains(args, name)
	})
	return list, cobra.ShellCompDirectiveNoFileComp
}

// candidates are the names for a command, sorted, each once.
func candidates(command string, user bool) []string {
	present, _ := container.PresentNames(user)
	configured, _ := container.ConfiguredNames(user)
	var list []string
	switch command {
	case "run": // a new name
	case "start", "verify", "create":
		list = configured
	case "status", "inspect", "logs", "wait", "restart", "events":
		list = append(present, configured...)
	default:
		list = present
	}
	slices.Sort(list)
	return slices.Compact(list)
}
