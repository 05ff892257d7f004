package box

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// umlProgram is the kernel, of Debian's package user-mode-linux.
const umlProgram = "/usr/bin/linux.uml"

// umlFiles is how much a guest's own files may take of the machine's memory,
// in MiB, besides the guest's memory itself, which is a file on the same tmpfs.
const umlFiles = 256

// runKernel is the kernel stage, the first process of its pid namespace. It
// returns when the kernel has ended or a step has failed.
func runKernel() error {
	var s umlSpec
	if err := json.NewDecoder(os.Stdin).Decode(&s); err != nil {
		return fmt.Errorf("read spec: %w", err)
	}
	steps := []struct {
		name string
		do   func() error
	}{
		{"make mounts private", func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }},
		{"make directories", s.makeDirs},
		{"build", s.build},
		{"write spec", s.write},
		{"shield the machine's files", shield},
		{"set limits", setKernelLimits},
		{"run " + umlProgram, s.runProgram},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// makeDirs puts a tmpfs over /run, so that what is made there ends with the
// namespace, however that ends.
func (s umlSpec) makeDirs() error {
	size := fmt.Sprintf("mode=0755,size=%dm", s.Memory+umlFiles)
	if err := unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, size); err != nil {
		return err
	}
	for _, dir := range []string{umlDir, umlPrograms, umlDir + "/tmp"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// build makes the programs and the executable of the stages inside.
func (s umlSpec) build() error {
	if len(s.Programs) > 0 {
		args := append([]string{"build", "-trimpath", "-o", umlPrograms + "/"}, s.Programs...)
		if err := s.goCommand(s.Root, args...); err != nil {
			return err
		}
	}
	if s.Test != "" {
		return s.goCommand(s.Test, "test", "-c", "-o", umlStageFile, ".")
	}
	data, err := os.ReadFile(s.Stage)
	if err != nil {
		return err
	}
	return os.WriteFile(umlStageFile, data, 0o755)
}

func (s umlSpec) goCommand(dir string, args ...string) error {
	var path string
	for _, kv := range s.Environ {
		if len(kv) > 5 && kv[:5] == "PATH=" {
			path = kv[5:]
		}
	}
	if err := os.Setenv("PATH", path); err != nil { // for LookPath
		return err
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(s.Environ[:len(s.Environ):len(s.Environ)], "PWD="+dir, "CGO_ENABLED=0", "TMPDIR="+umlDir+"/tmp")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %v: %w: %s", args, err, out)
	}
	return nil
}

func (s umlSpec) write() error {
	s.Environ = nil // nobody inside wants it
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return os.WriteFile(umlSpecFile, data, 0o600)
}

// shield makes all file systems but the guest's own read-only: root of the
// guest is root of the machine to those that it mounts with hostfs.
func shield() error {
	if err := readOnly("/"); err != nil {
		return err
	}
	attr := &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/run", 0, attr); err != nil {
		return &fs.PathError{Op: "mount_setattr", Path: "/run", Err: err}
	}
	return nil
}

// setKernelLimits raises the number of descriptors, for hostfs keeps one for
// each inode that the guest has in its cache, and forbids core dumps, which
// would be as large as the guest's memory.
func setKernelLimits() error {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return os.NewSyscallError("getrlimit", err)
	}
	files.Cur = files.Max
	// Of the syscall package, which then does not restore the old limit when
	// the kernel is executed.
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return os.NewSyscallError("setrlimit", err)
	}
	return os.NewSyscallError("setrlimit", unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}))
}

// runProgram runs the kernel to its end. The kernel is no first process itself:
// a panic is its abort(3), and the first process of a namespace ignores that.
// SELinux and TOMOYO would cost time (lsm=); a reboot would be a second guest
// (noreboot).
func (s umlSpec) runProgram() error {
	cmd := exec.Command(umlProgram, fmt.Sprintf("mem=%dM", s.Memory),
		"rootfstype=hostfs", "rootflags=/", "ro", "init="+umlStageFile, umlStageEnv+"="+umlInit,
		"umid=uml", "uml_dir="+umlDir, "quiet", "noreboot", "lsm=", "cgroup_no_v1=all",
		"con0=null,fd:1", "con=null", "ssl0=null,fd:3", "ssl1=null,fd:4", "ssl2=null,fd:5", "ssl=null")
	cmd.Env = []string{"PATH=" + defaultPath, "HOME=/", "TMPDIR=" + umlDir + "/tmp"} // the memory is a file there
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	for fd := range umlLines {
		cmd.ExtraFiles = append(cmd.ExtraFiles, os.NewFile(uintptr(3+fd), "serial line"))
	}
	// The kernel signals its process group when it panics.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	for _, f := range cmd.ExtraFiles {
		_ = f.Close() // or the lines would not end with the kernel
	}
	return cmd.Wait()
}
