package oci

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Find looks for a runtime. name is a path, or a name in PATH and in the
// system's directories for programs of root, which a user's PATH often lacks.
// Empty means the first of crun and runc that works here. Working means: it
// can be executed, answers --version, and nothing is known that would make
// every container of this package fail. A runtime that was asked for by name
// need only answer. The error names everything that was tried and why not.
//
// Args, Root and Systemd are the caller's to set; Rootless is set when the
// process is not root.
func Find(ctx context.Context, name string) (*Runtime, error) {
	if name != "" {
		r, _, err := open(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("runtime %w", err)
		}
		return r, nil
	}
	var failed []error
	for _, name := range preferred() {
		r, version, err := open(ctx, name)
		if err == nil {
			err = r.probe(ctx, version)
		}
		if err == nil {
			return r, nil
		}
		failed = append(failed, err)
	}
	return nil, fmt.Errorf("no runtime works: %w", joined(failed))
}

// joined is errors.Join in one line.
func joined(errs []error) error {
	format := strings.TrimSuffix(strings.Repeat("%w; ", len(errs)), "; ")
	args := make([]any, len(errs))
	for i, err := range errs {
		args[i] = err
	}
	return fmt.Errorf(format, args...)
}

// open finds the program and asks it for its version.
func open(ctx context.Context, name string) (*Runtime, string, error) {
	path, err := lookPath(name)
	if err != nil {
		return nil, "", err
	}
	var out tail
	cmd := command(ctx, path, "--version")
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := wait(cmd); err != nil {
		if said := lastError(out.buf); said != "" {
			return nil, "", fmt.Errorf("%s: --version: %w: %s", path, err, said)
		}
		return nil, "", fmt.Errorf("%s: --version: %w", path, err)
	}
	return &Runtime{Path: path, Name: filepath.Base(path), Rootless: os.Geteuid() != 0}, string(out.buf), nil
}

func (r *Runtime) probe(ctx context.Context, version string) error {
	q := quirksOf(r.Name)
	if q.probe == nil {
		return nil
	}
	if err := q.probe(ctx, version); err != nil {
		return fmt.Errorf("%s: %w", r.Path, err)
	}
	return nil
}

// systemPath is where distributions keep runtimes: Debian has runc in
// /usr/sbin.
func systemPath() []string {
	return []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}
}

func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return filepath.Abs(path)
	}
	if strings.Contains(name, "/") {
		return "", reason(name, err)
	}
	for _, dir := range systemPath() {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	var e *exec.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	return "", fmt.Errorf("%s: %w", name, err)
}
