package box

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// buildPrograms builds the programs of the options into a scratch directory
// and binds it.
func buildPrograms(s *spec) error {
	if len(s.Programs) == 0 {
		return nil
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if s.Scratch, err = os.MkdirTemp("", "unitmon-box-"); err != nil {
		return err
	}
	args := append([]string{"build", "-trimpath", "-o", s.Scratch + "/"}, s.Programs...)
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("go build %v: %w: %s", s.Programs, err, out), removeScratch(s.Scratch))
	}
	if err := os.Chmod(s.Scratch, 0o755); err != nil {
		return errors.Join(err, removeScratch(s.Scratch))
	}
	s.Binds = append(s.Binds[:len(s.Binds):len(s.Binds)], Bind{Source: s.Scratch, Target: ProgramDir})
	return nil
}

// moduleRoot returns the directory of the go.mod file above this one.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", &fs.PathError{Op: "find", Path: "go.mod", Err: fs.ErrNotExist}
		}
		dir = up
	}
}

// removeScratch removes a scratch directory, if there is one.
func removeScratch(dir string) error {
	if dir == "" {
		return nil
	}
	return os.RemoveAll(dir)
}
