package container

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/unit"
)

// checkReloaded refuses a log file that the relay could not write: its unit may
// write only where unitmon-generator said so at the manager's last reload. The
// container would run until the FIFO is full, and its stop would wait for the
// relay in vain. A manager that cannot be asked is no reason not to start.
func (p *Plan) checkReloaded(ctx context.Context, c *conf.Container) error {
	var dirs []string
	for _, l := range p.record.Logs {
		if l.File() {
			dirs = append(dirs, filepath.Dir(l.Path))
		}
	}
	if p.record.User || len(dirs) == 0 {
		return nil
	}
	m, err := unit.Dial(ctx, unit.System)
	if err != nil {
		return nil
	}
	defer func() { _ = m.Close() }()
	relay := p.record.Units().Relay
	props, err := m.Properties(ctx, relay, "Service")
	if err != nil || props["ProtectSystem"] != "strict" {
		return nil
	}
	writable, _ := props["ReadWritePaths"].([]string)
	for _, dir := range dirs {
		if !within(dir, writable) {
			return c.Wrong("LogDriver", fmt.Errorf("%s may not write to %s before a systemctl daemon-reload", relay, dir))
		}
	}
	return nil
}

// within reports whether dir is one of ReadWritePaths=, or below one.
func within(dir string, list []string) bool {
	for _, path := range list {
		rel, err := filepath.Rel(strings.TrimLeft(path, "-+"), dir)
		if err == nil && filepath.IsLocal(rel) {
			return true
		}
	}
	return false
}
