package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/internal/container"
)

const verifyLong = `Check configured containers, all of them or those that are named, without starting anything: the
syntax and keys of container.conf, whether what it names is there, and what systemd-analyze says of the
resulting unit. What is wrong is printed as FILE:LINE: TEXT; the exit code is then 1.`

func newVerify() *cobra.Command {
	var user, asJSON bool
	cmd := userFlag(&cobra.Command{
		Use: "verify [NAME|DIR...]", Short: "Check the configuration of containers", Long: verifyLong,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := verify(cmd.Context(), args, user)
			if err != nil {
				return err
			}
			return tellFaults(found, asJSON)
		},
	}, &user)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON, see docs/json.md")
	return cmd
}

// verify returns what is wrong with containers, by name or directory; none means
// all.
func verify(ctx context.Context, which []string, user bool) ([]fault, error) {
	if len(which) == 0 {
		root, err := container.ConfigRoot(user)
		if err != nil {
			return nil, err
		}
		if which, err = configuredDirs(root); err != nil {
			return nil, err
		}
	}
	found := []fault{} // an empty array in JSON
	for _, w := range which {
		if err := verifyOne(ctx, w, user); err != nil {
			found = appendFaults(found, filepath.Base(w), err)
		}
	}
	return found, nil
}

// configuredDirs are the directories of all configured containers.
func configuredDirs(root string) ([]string, error) {
	list, err := os.ReadDir(root)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var dirs []string
	for _, e := range list {
		dir := filepath.Join(root, e.Name())
		if fi, err := os.Stat(dir); err == nil && fi.IsDir() && e.Name()[0] != '.' {
			dirs = append(dirs, dir)
		}
	}
	return dirs, err
}

// verifyOne checks one container, a directory if it has a slash.
func verifyOne(ctx context.Context, which string, user bool) error {
	load := container.LoadConfig
	if strings.Contains(which, "/") {
		dir, err := filepath.Abs(which)
		if err != nil {
			return err
		}
		if err := container.CheckName(filepath.Base(dir)); err != nil {
			return &conf.Error{Path: dir, Text: err.Error()}
		}
		which, load = dir, container.LoadConfigDir
	}
	c, err := load(which, user)
	if errors.Is(err, container.ErrNoContainer) {
		return fmt.Errorf("container %s: %w", which, err)
	}
	if err != nil {
		return err
	}
	return errors.Join(container.CheckConfig(ctx, c, user), verifyUnit(ctx, c, user))
}
