package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/internal/container"
)

const createLong = `Write the directory of a configured container, /etc/unitmon/NAME/ (with --user-manager
~/.config/unitmon/NAME/), with a container.conf that says what the options say, and have the manager
read it. Nothing is started. The options are those of "unitmon run", but for those that are about the
terminal it is run from.`

func newCreate() *cobra.Command {
	o := new(runOptions)
	cmd := &cobra.Command{
		Use: "create [options] NAME [-- COMMAND ARG...]", Short: "Configure a container as unitmon@NAME.service", Long: createLong,
		Args: names(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name, o.OCI.Args = args[0], command(args[1:])
			return o.create(cmd.Context())
		},
	}
	o.flags(cmd)
	for _, name := range []string{"detach", "keep", "detach-keys"} {
		if f := cmd.Flags().Lookup(name); f != nil {
			f.Hidden = true
		}
	}
	return cmd
}

// create writes the directory, complete or not at all.
func (o *runOptions) create(ctx context.Context) error {
	if o.detach || o.Keep {
		return errors.New("--detach and --keep are for unitmon run: a configured container is its unit's")
	}
	if err := o.complete(); err != nil {
		return err
	}
	if err := container.CheckName(o.Name); err != nil {
		return err
	}
	root, err := container.ConfigRoot(o.User)
	if err != nil {
		return err
	}
	dir := filepath.Join(root, o.Name)
	text, err := o.config()
	if err == nil {
		err = o.checkProperties(ctx)
	}
	if err == nil {
		err = o.checkConfig(ctx, dir, text)
	}
	if err == nil {
		err = writeConfigDir(dir, text)
	}
	if err != nil {
		return hint(err, o.User)
	}
	return o.reload(ctx, dir)
}

// checkConfig says before anything is written what a start would say.
func (o *runOptions) checkConfig(ctx context.Context, dir, text string) error {
	c, err := conf.Read(filepath.Join(dir, conf.FileName), []byte(text), conf.Manager{})
	if err != nil {
		return err
	}
	return container.CheckConfig(ctx, c, o.User)
}

// writeConfigDir makes the directory of a configured container.
func writeConfigDir(dir, text string) (err error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp))
		}
	}()
	// The environment may be secret; the directory's name is not.
	if err := os.WriteFile(filepath.Join(tmp, conf.FileName), []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	// An empty directory is replaced; one with something in it is not.
	if err := os.Rename(tmp, dir); errors.Is(err, fs.ErrExist) || err != nil && exists(dir) {
		return fmt.Errorf("%s is there already: edit its %s", dir, conf.FileName)
	} else if err != nil {
		return err
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// reload has the manager read what is new, and says what to type next.
func (o *runOptions) reload(ctx context.Context, dir string) error {
	systemctl := []string{"systemctl"}
	if o.User {
		systemctl = append(systemctl, "--user")
	}
	reload := exec.CommandContext(ctx, systemctl[0], append(systemctl[1:], "daemon-reload")...)
	done := ui.Progress(ctx, os.Stderr, "create "+o.Name+" …")
	out, err := reload.CombinedOutput()
	done()
	if err != nil {
		return fmt.Errorf("%s is written, but systemctl daemon-reload failed: %w: %s", dir, err, out)
	}
	c := created{o.Name, container.FileUnits(o.Name).Service, filepath.Join(dir, conf.FileName)}
	if o.json {
		return ui.JSON(os.Stdout, c)
	}
	err = printed("container "+o.Name+" is configured, its unit", c.Unit)
	flag := ""
	if o.User {
		flag = " --user"
	}
	fmt.Fprintf(os.Stderr, "%s is written; systemctl%s enable --now %s starts it, now and at boot\n", c.Path, flag, c.Unit)
	return err
}

// created is what "unitmon create --json" writes.
type created struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
	Path string `json:"path"`
}
