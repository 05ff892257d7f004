package conformance

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/unitmon/unitmon/tests/box"
)

//go:embed podman.sh
var preparePodman string

// inside is where a box shows the suites.
const inside = "/opt/suites"

// debianConmon is the file that is the monitor in every box.
const debianConmon = "/usr/bin/conmon"

// podmanSource is where a box has a copy of podman's source that can be
// written to.
const podmanSource = "/tmp/podman"

// Run runs files of the suites with one monitor.
type Run struct {
	Suites Suites
	// Monitor is the path of a conmon.
	Monitor string
	// Limit ends the run, FileLimit a file. What has not run by then is Missing.
	// (A limit for a test would be bats' BATS_TEST_TIMEOUT; but it is kept by a
	// child of the test's shell, for which a test that says "wait" then waits.)
	Limit, FileLimit time.Duration
	// Logs is a directory for what the tests write, one file each.
	Logs string
	// Progress gets a line when a file has ended.
	Progress io.Writer
}

// Version returns the first line of what the monitor says of its version.
func (r Run) Version(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, r.Monitor, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", r.Monitor, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line, nil
}

// boot boots a box with the monitor in it.
func (r Run) boot(ctx context.Context) (*box.Box, error) {
	monitor, err := filepath.Abs(r.Monitor)
	if err != nil {
		return nil, err
	}
	return box.Boot(ctx, box.Options{Name: "conformance", Binds: []box.Bind{
		{Source: string(r.Suites), Target: inside},
		{Source: monitor, Target: debianConmon},
	}})
}

// Files runs the files in order, in one box as long as none of them runs out
// of time; then in a fresh one, because of what that one has left. There are
// no results with an error.
func (r Run) Files(ctx context.Context, files []File) (all Results, err error) {
	all = Results{}
	var b *box.Box
	defer func() { err = errors.Join(err, closeBox(b)) }()
	end := time.Now().Add(r.Limit)
	for _, f := range files {
		start := time.Now()
		if !start.Before(end) {
			maps.Copy(all, f.results(nil))
			continue
		}
		if b == nil {
			if b, err = r.prepared(ctx); err != nil {
				return nil, err
			}
		}
		results, late, err := r.file(ctx, b, f, min(r.FileLimit, end.Sub(start)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		maps.Copy(all, results)
		r.progress(f, results, time.Since(start))
		if late {
			if err := closeBox(b); err != nil {
				return nil, err
			}
			b = nil
		}
	}
	return all, nil
}

func closeBox(b *box.Box) error {
	if b == nil {
		return nil
	}
	return b.Close()
}

// prepared boots a box in which podman works and has its image.
func (r Run) prepared(ctx context.Context) (*box.Box, error) {
	b, err := r.boot(ctx)
	if err != nil {
		return nil, err
	}
	res, err := b.Run(ctx, box.Cmd{Args: []string{"bash", "-s"}, Stdin: strings.NewReader(preparePodman)})
	if err == nil && res.Status != 0 {
		err = fmt.Errorf("prepare podman: exit code %d: %s", res.Status, res.Stderr)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// file runs one file. It is late when it had to be ended.
func (r Run) file(ctx context.Context, b *box.Box, f File, limit time.Duration) (results Results, late bool, err error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	log, err := os.Create(filepath.Join(r.Logs, strings.ReplaceAll(strings.TrimSuffix(f.Name, "/"), "/", "-")+".log"))
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	if f.Name == conmonSuite {
		results, err = r.conmon(limited, b, log)
	} else {
		results, err = r.podman(limited, b, f, log)
	}
	late = limited.Err() != nil
	if late && ctx.Err() == nil {
		err = nil // that is what Missing is for
	}
	return results, late, err
}

// conmon runs conmon's own tests. Their program says in a report how they
// ended; a file named as below keeps it from fetching busybox.
func (r Run) conmon(ctx context.Context, b *box.Box, log io.Writer) (Results, error) {
	const script = `set -e
mkdir /tmp/conmon-test-images
cp /bin/busybox /tmp/conmon-test-images/
cd /tmp
` + inside + `/conmon.test -ginkgo.no-color -ginkgo.seed=1 -ginkgo.json-report=/tmp/report.json >&2 || :
cat /tmp/report.json`
	var report bytes.Buffer
	_, err := b.Run(ctx, box.Cmd{
		Args:   []string{"sh", "-c", script},
		Env:    []string{"CONMON_BINARY=" + debianConmon, "RUNTIME_BINARY=/usr/bin/runc"},
		Stdout: &report, Stderr: log,
	})
	if err != nil {
		return nil, err
	}
	return ReadGinkgo(&report)
}

// podman runs a file of podman's tests. Those of sd_notify skip themselves
// unless the runtime is called crun, by which they mean one that is no longer
// young; podman.sh gives a box's runc that name, too.
func (r Run) podman(ctx context.Context, b *box.Box, f File, log *os.File) (Results, error) {
	var tap bytes.Buffer
	options := ""
	if strings.HasSuffix(f.Name, "-sdnotify.bats") {
		options = "--runtime crun"
	}
	_, runErr := b.Run(ctx, box.Cmd{
		// A volume that another file has left is counted by "podman system df".
		Args: []string{
			"sh", "-c", `podman volume rm --all --force >&2; exec bats --tap "$1"`, "sh",
			strings.Replace(f.Name, "podman/", "test/system/", 1),
		},
		Dir: podmanSource,
		Env: []string{
			"PODMAN=/usr/bin/podman", "PODMAN_TIMEOUT=60", "_PODMAN_TEST_OPTS=" + options,
		},
		Stdout: io.MultiWriter(&tap, log), Stderr: log,
	})
	named, err := ReadTAP(&tap)
	return f.results(named), errors.Join(runErr, err)
}

// progress tells how a file has ended.
func (r Run) progress(f File, results Results, took time.Duration) {
	count := map[Outcome]int{}
	for _, o := range results {
		count[o]++
	}
	fmt.Fprintf(r.Progress, "%-40s %4d passed %4d failed %4d skipped %4d without result  %4.0f s\n",
		f.Name, count[Passed], count[Failed], count[Skipped], count[Missing], took.Seconds())
}
