package box

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
)

// targetUnit is what a box boots into.
const targetUnit = "unitmon-box.target"

const targetText = `[Unit]
Description=Private systemd for tests
Requires=basic.target dbus.socket
Wants=dbus.service systemd-logind.service systemd-user-sessions.service
After=basic.target dbus.service systemd-logind.service systemd-user-sessions.service
AllowIsolate=yes
`

// journalText leaves the rate limits as they are by default, and the store
// large enough to lose nothing of a test. A file holds all of it: an entry that
// just does not fit into a full file any more journald stores there and in the
// next one (journal_file_link_entry() in systemd's journal-file.c; seen with 252).
const journalText = `[Journal]
RuntimeMaxUse=1G
RuntimeMaxFileSize=1G
RuntimeKeepFree=16M
SystemMaxUse=1G
SystemMaxFileSize=1G
SystemKeepFree=16M
`

// wantedUnits are those that a target of the distribution may pull in; every
// other link of a target to a unit is removed, whatever is installed.
func wantedUnits() []string {
	return []string{
		"systemd-journald.service", "systemd-journald.socket", "systemd-journald-dev-log.socket",
		"systemd-journal-flush.service", "systemd-tmpfiles-setup.service",
		"dbus.socket", "dbus.service", "systemd-logind.service", "systemd-user-sessions.service",
	}
}

// wantedTmpfiles are the files of tmpfiles.d(5) that a box follows.
func wantedTmpfiles() []string {
	return []string{"systemd.conf", "var.conf", "dbus.conf", "legacy.conf", "debian.conf"}
}

// pruneUnits removes, from the overlay, what the machine's administrator and
// its packages have enabled, so that a box starts the same few units on every
// machine. The units themselves stay and can be started.
func pruneUnits() error {
	// Configuration, enabled units, generators and file systems of the machine.
	for _, glob := range []string{
		"/etc/systemd/*", "/etc/tmpfiles.d/*", "/var/lib/systemd/linger/*", "/etc/fstab",
		"/usr/lib/systemd/system-generators/*", "/usr/lib/systemd/user-generators/*",
		"/lib/systemd/system-generators/*", "/lib/systemd/user-generators/*",
		"/usr/local/lib/systemd/*",
	} {
		if err := removeBut(glob, nil); err != nil {
			return err
		}
	}
	for _, dir := range []string{"/usr/lib/systemd", "/lib/systemd"} {
		for _, links := range []string{"wants", "requires", "upholds"} {
			if err := removeBut(dir+"/*/*."+links+"/*", wantedUnits()); err != nil {
				return err
			}
		}
	}
	return removeBut("/usr/lib/tmpfiles.d/*", wantedTmpfiles())
}

// removeBut removes what glob matches but the names in keep.
func removeBut(glob string, keep []string) error {
	paths, err := filepath.Glob(glob)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if slices.Contains(keep, filepath.Base(path)) {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// configure writes the box's own files.
func (s *initStage) configure() error {
	var id [16]byte
	rand.Read(id[:])
	for _, f := range []struct{ path, text string }{
		{"/etc/machine-id", hex.EncodeToString(id[:]) + "\n"},
		{"/etc/hostname", s.Name + "\n"},
		{"/etc/systemd/system/" + targetUnit, targetText},
		{"/etc/systemd/journald.conf.d/box.conf", journalText},
	} {
		if err := replace(f.path, f.text, 0o644); err != nil {
			return err
		}
	}
	if s.Journal {
		return os.Mkdir("/var/log/journal", 0o755)
	}
	return nil
}

// replace makes a file new, whatever was there: the name may be a link to a
// file that is the machine's own.
func replace(path, text string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), mode)
}
