package main

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/tests/conmon/plan"
)

// look records the state in which this program was started.
func look() plan.Record {
	r := plan.Record{
		Args: os.Args, Env: os.Environ(), FDs: map[int]string{},
		PID: os.Getpid(), Parent: os.Getppid(), Group: syscall.Getpgrp(),
	}
	r.Dir, _ = os.Getwd()
	r.Session, _ = unix.Getsid(0)
	for fd := range 64 {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
			continue
		}
		r.FDs[fd], _ = os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	}
	return r
}

func record(path string, r plan.Record) error {
	if path == "" {
		return nil
	}
	return plan.Write(path, r)
}

// exitCommand records that it was called and returns its status.
func exitCommand(p plan.Plan, r plan.Record) int {
	for _, path := range p.ExitWatch {
		if _, err := os.Lstat(path); err == nil {
			r.Found = append(r.Found, path)
		}
	}
	if err := record(p.ExitRecord, r); err != nil {
		fail(err)
	}
	return p.ExitStatus
}
