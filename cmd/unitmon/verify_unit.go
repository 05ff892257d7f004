package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/internal/container"
)

// verifyUnit asks systemd-analyze(1) about the unit as the generator would make
// it. Where there is no systemd-analyze, nothing is said.
func verifyUnit(ctx context.Context, c *conf.Container, user bool) error {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return nil
	}
	id, err := container.ConfigID(c.Name, user)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "unitmon-verify-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	units, drops := container.FileUnits(c.Name), c.DropIns(id, user)
	if err := errors.Join(putDropIn(dir, units.Service, drops.Service), putDropIn(dir, units.Relay, drops.Relay)); err != nil {
		return err
	}
	args := []string{"verify", "--man=no", units.Service}
	if user {
		args = append([]string{"--user"}, args...)
	}
	cmd := exec.CommandContext(ctx, analyze, args...)
	cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":", "SYSTEMD_LOG_TARGET=console", "SYSTEMD_COLORS=0")
	out, err := cmd.CombinedOutput()
	return findings(c, dir, out, err)
}

func putDropIn(dir, unit, text string) error {
	dir = filepath.Join(dir, unit+".d")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, conf.DropInName), []byte(text), 0o644)
}

// findings are the lines about the container's own units; systemd-analyze reads,
// and speaks of, all that they need.
func findings(c *conf.Container, dir string, out []byte, failed error) error {
	var errs []error
	for line := range bytes.Lines(out) {
		text := strings.TrimSpace(string(line))
		_, after, ours := strings.Cut(text, dir+"/")
		if !ours && !strings.Contains(text, "unitmon@"+c.Name+".service") {
			continue
		}
		if ours {
			text = after
			if _, rest, ok := strings.Cut(after, conf.DropInName+":"); ok {
				_, text, _ = strings.Cut(rest, ": ") // the line is the drop-in's
			}
		}
		errs = append(errs, &conf.Error{Path: c.Path, Text: text})
	}
	var exit *exec.ExitError
	if len(errs) == 0 && failed != nil && !errors.As(failed, &exit) {
		errs = append(errs, failed)
	}
	return errors.Join(errs...)
}
