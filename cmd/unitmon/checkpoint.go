package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
)

const checkpointLong = `Write what a running or paused container is to a directory, from where unitmon restore lets it go on. The
container has ended then, and its exit is what the runtime makes of it: 0 with runsc, SIGKILL with runc; a unit
that Restart= would start again is refused. With --leave-running it goes on.

The runtime does it. runc needs criu. runsc needs its own network stack (--runtime-arg=--network=none or sandbox),
and versions before 2023 cannot leave the container running. crun needs to be built with criu.`

const restoreLong = `Run a container that goes on where it was when a checkpoint was made of it, in the background. The options are
those of unitmon run and must be those that it was run with; the command comes from the checkpoint. Each start of
the unit, also by Restart= and unitmon restart, goes on from the checkpoint, so its directory must stay.`

func newCheckpoint() *cobra.Command {
	var user, leave bool
	var image string
	cmd := userFlag(&cobra.Command{
		Use: "checkpoint [options] NAME", Short: "Write what a container is to a directory", Long: checkpointLong, Args: names(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return checkpoint(cmd.Context(), user, args[0], image, leave)
		},
	}, &user)
	imageFlag(cmd, &image)
	cmd.Flags().BoolVar(&leave, "leave-running", false, "let the container go on")
	return cmd
}

func imageFlag(cmd *cobra.Command, image *string) {
	cmd.Flags().StringVar(image, "image-path", "", "`DIR` of the checkpoint (default /var/lib/unitmon/checkpoint/NAME)")
}

// imagePath is the directory of a checkpoint, as an absolute path.
func imagePath(image, name string, user bool) (string, error) {
	if err := container.CheckName(name); err != nil {
		return "", err
	}
	dir, err := container.ImageDir(name, user)
	if err != nil && image == "" {
		return "", err
	}
	return filepath.Abs(cmp.Or(image, dir))
}

func checkpoint(ctx context.Context, user bool, name, image string, leave bool) error {
	image, err := imagePath(image, name, user)
	if err != nil {
		return err
	}
	m, err := dial(ctx, user)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	done := ui.Progress(ctx, os.Stderr, "checkpoint "+name+" …")
	err = container.Checkpoint(ctx, m, name, image, leave)
	done()
	return hint(err, user)
}

func newRestore() *cobra.Command {
	o := new(runOptions)
	var image string
	cmd := &cobra.Command{
		Use: "restore [options] NAME", Short: "Run a container from a checkpoint", Long: restoreLong, Args: names(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.Name, o.detach = args[0], true
			if o.OCI.Terminal {
				return errors.New("a container with a terminal cannot be restored")
			}
			if o.Restore, err = imagePath(image, o.Name, o.User); err != nil {
				return err
			}
			if o.OCI.Bundle == "" {
				o.OCI.Args = []string{"/"} // the runtime takes it from the checkpoint
			}
			if err := o.run(cmd.Context()); err != nil {
				return fmt.Errorf("restore: %w", err)
			}
			return nil
		},
	}
	o.flags(cmd)
	imageFlag(cmd, &image)
	_ = cmd.Flags().MarkHidden("detach") // it always is
	_ = cmd.Flags().MarkHidden("tty")
	return cmd
}
