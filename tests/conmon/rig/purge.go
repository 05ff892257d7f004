package rig

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Left are the processes of this run, the monitor among them, as "PID COMMAND".
// They are told by their environment.
func (r *Run) Left() []string {
	r.t.Helper()
	var list []string
	for _, pid := range r.processes() {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err == nil {
			list = append(list, fmt.Sprintf("%d %s", pid, strings.TrimSpace(string(comm))))
		}
	}
	return list
}

func (r *Run) processes() []int {
	mark := []byte("D=" + r.Dir + "\x00")
	dirs, err := filepath.Glob("/proc/[0-9]*")
	must(r.t, err)
	var list []int
	for _, dir := range dirs {
		env, err := os.ReadFile(filepath.Join(dir, "environ")) // a zombie's is empty
		if err != nil || !bytes.Contains(env, mark) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(dir))
		must(r.t, err)
		list = append(list, pid)
	}
	return list
}

// purge kills what is left of the run. Those that it kills come to this process
// when their parents are gone.
func (r *Run) purge() {
	for list := r.processes(); len(list) > 0; list = r.processes() {
		for _, pid := range list {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		for _, pid := range list {
			if pid == r.first.Process.Pid && !r.ended {
				continue // by its own Wait
			}
			_, _ = unix.Wait4(pid, nil, 0, nil) // ECHILD: not here yet, or another's
		}
		if !r.ended {
			_ = r.first.Wait()
			r.ended = true
		}
	}
	if !r.ended {
		_ = r.first.Wait()
		r.ended = true
	}
	if r.monitor != nil {
		_ = r.monitor.Close()
	}
}
