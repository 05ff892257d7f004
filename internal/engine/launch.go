package engine

import (
	"fmt"
	"os"

	"github.com/unitmon/unitmon/internal/engine/cli"
	"github.com/unitmon/unitmon/internal/engine/wire"
	"github.com/unitmon/unitmon/internal/sys"
)

// Launch is the process that the engine starts, after the checks of the command
// line, args: it waits for the start pipe, as the engine moves it to a control
// group until then, and starts the monitor. The descriptors that are not
// close-on-exec go there.
func Launch(o *cli.Options, args []string) error {
	sys.Umask(0o022)
	start, err := wire.TakePipe(wire.StartPipe, os.Getenv(wire.StartPipe))
	if err != nil {
		return err
	}
	if err := start.Wait(); err != nil {
		return err
	}
	if o.ExecAttach && start != nil { // a second byte comes on it
		if err := sys.KeepOnExec(start.FD()); err != nil {
			return err
		}
	}
	path, env := self(), forMonitor(os.Environ())
	calm()
	if o.Sync {
		return sys.Exec(path, args, env)
	}
	s := sys.Spawn{Path: path, Args: args, Env: env, Stdio: [3]int{0, 1, 2}}
	pid, err := s.Start()
	if err != nil {
		return err
	}
	if o.ConmonPIDFile == "" {
		return nil
	}
	if err := wire.WritePIDFile(o.ConmonPIDFile, pid); err != nil {
		return fmt.Errorf("monitor %d: %w", pid, err)
	}
	return nil
}
