package box

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// umlUnit is what a guest boots into; its end is the guest's, at once: there
// is nothing to keep. A program of the tests' own that meets the memory limit of
// the guest does not end it.
const umlUnit = "unitmon-guest.service"

const umlUnitText = `[Unit]
Description=Program run in the guest
Requires=` + targetUnit + `
After=` + targetUnit + `
SuccessAction=poweroff-immediate
FailureAction=poweroff-immediate
[Service]
Type=exec
Environment=` + umlStageEnv + "=" + umlRun + `
ExecStart=` + umlStageFile + `
TasksMax=infinity
OOMPolicy=continue
`

// becomeGuestInit is the init stage, the first program that a guest's kernel
// executes, on the machine's root. It returns only when a step has failed; the
// kernel then ends, for it has lost its init.
func becomeGuestInit() error {
	s, err := readSpec()
	if err != nil {
		return err
	}
	machine := initStage{spec: spec{Options: Options{Name: s.Name}}}
	steps := []struct {
		name string
		do   func() error
	}{
		{"set host name", func() error { return unix.Sethostname([]byte(s.Name)) }},
		{"load overlay", loadOverlay},
		{"mount overlay of /", new(initStage).overlayRoot},
		{"mount the rest", mountGuest},
		{"mount working directory", func() error { return mountDir(s.Entry.Dir) }},
		{"prune units", pruneUnits},
		{"write configuration", machine.configure},
		{"write unit", writeGuestUnit},
		{"execute systemd", executeGuestSystemd},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return errors.New("execute systemd: it returned")
}

// loadOverlay loads the module that is not part of the kernel.
func loadOverlay() error {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return os.NewSyscallError("uname", err)
	}
	release := unix.ByteSliceToString(u.Release[:])
	path := filepath.Join("/usr/lib/uml/modules", release, "kernel/fs/overlayfs/overlay.ko")
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil {
		return &fs.PathError{Op: "finit_module", Path: path, Err: err}
	}
	return nil
}

// mountGuest mounts what is not the overlay; /dev is the kernel's already. PID
// 1 mounts what else a machine has.
func mountGuest() error {
	if err := unix.Mount(filepath.Join(oldRoot, "dev"), "/dev", "", unix.MS_MOVE, ""); err != nil {
		return &fs.PathError{Op: "move", Path: "/dev", Err: err}
	}
	for _, m := range []struct {
		fstype, path string
		flags        uintptr
		data         string
	}{
		{"proc", "/proc", noExtras, ""},
		{"sysfs", "/sys", noExtras, ""},
		{"tmpfs", "/run", unix.MS_NOSUID | unix.MS_NODEV, "mode=0755"},
		{"tmpfs", "/tmp", unix.MS_NOSUID | unix.MS_NODEV, "mode=1777"},
		{"tmpfs", "/var/tmp", unix.MS_NOSUID | unix.MS_NODEV, "mode=1777"},
		{"tmpfs", "/var/log", unix.MS_NOSUID | unix.MS_NODEV, "mode=0755"},
		{"tmpfs", "/var/lib/containers", 0, "mode=0755"}, // an overlay on an overlay podman refuses
		{"hostfs", umlDir, unix.MS_NODEV | unix.MS_RDONLY, umlDir},
		{"hostfs", ProgramDir, unix.MS_NODEV | unix.MS_RDONLY, umlPrograms},
	} {
		if err := makeTarget(m.path, true); err != nil {
			return err
		}
		if err := unix.Mount(m.fstype, m.path, m.fstype, m.flags, m.data); err != nil {
			return &fs.PathError{Op: "mount " + m.fstype, Path: m.path, Err: err}
		}
	}
	return unix.Unmount(oldRoot, unix.MNT_DETACH)
}

// mountDir makes a working directory visible that is below one of the empty
// ones, such as that of a checkout in /tmp.
func mountDir(dir string) error {
	if dir == "" {
		return nil
	}
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := makeTarget(dir, true); err != nil {
		return err
	}
	if err := unix.Mount("hostfs", dir, "hostfs", unix.MS_NODEV|unix.MS_RDONLY, dir); err != nil {
		return &fs.PathError{Op: "mount hostfs", Path: dir, Err: err}
	}
	return nil
}

// writeGuestUnit writes the guest's own unit, and removes what would make
// systemd(1) believe that it is in a container.
func writeGuestUnit() error {
	if err := os.RemoveAll("/.dockerenv"); err != nil {
		return err
	}
	return replace("/etc/systemd/system/"+umlUnit, umlUnitText, 0o644)
}

func executeGuestSystemd() error {
	systemd, err := findSystemd()
	if err != nil {
		return err
	}
	argv := []string{systemd, "--log-target=journal", "--show-status=no", "--unit=" + umlUnit}
	return unix.Exec(systemd, argv, []string{"PATH=" + defaultPath})
}
