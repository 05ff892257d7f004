package root

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/notify"
	"github.com/unitmon/unitmon/socketact"
)

// notifier is ready when told, and ends by SIGTERM.
func notifier(say func(string), _ []string) error {
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	manager, err := notify.FromEnv()
	if err != nil {
		return err
	}
	defer manager.Close()
	watchdog, err := notify.WatchdogInterval()
	if err != nil {
		return err
	}
	ctx, cancelLimit := context.WithTimeout(context.Background(), limit)
	defer cancelLimit()
	status := notify.Status("watchdog " + watchdog.String() + ", h\u00e9llo\nworld " + strings.Repeat("\u20ac", 4000))
	err = errors.Join(manager.Send(status, notify.Errno(2), notify.Watchdog), manager.Barrier(ctx))
	say("status")
	err = errors.Join(err, manager.Send(notify.Ready), manager.Barrier(ctx))
	say("ready")
	<-stop.Done()
	return errors.Join(err, manager.Send(notify.Stopping, notify.Status("bye")), manager.Barrier(ctx))
}

func TestNotify_Service(t *testing.T) {
	r, unit := newReport(t), unitName(t)+".service"
	run(t, "systemd-run", "--quiet", "--unit="+unit, "-p", "Type=notify", "-p", "WatchdogSec=1h",
		executable(t), "notifier", r.path) // returns when the service is ready
	r.want(t, "status", "ready")
	show := func(property string) string { return run(t, "systemctl", "show", "-P", property, unit) }
	if got := show("ActiveState") + " " + show("StatusErrno"); got != "active 2" {
		t.Errorf("state and errno: %s", got)
	}
	text := show("StatusText")
	if !strings.HasPrefix(text, "watchdog 1h0m0s, h\u00e9llo world \u20ac") || !strings.HasSuffix(text, "\u20ac") {
		t.Errorf("status: %.40q ... %q", text, text[max(0, len(text)-10):])
	}
	run(t, "systemctl", "stop", unit)
	// The notifier said no more: no error on the way out.
	if rest := r.rest; rest != "" {
		t.Errorf("the service says %q", rest)
	}
}

// storer stores a pipe that has hung up and a memfd at its first start, and
// says what it got back at its second.
func storer(say func(string), _ []string) error {
	set, err := socketact.Take()
	if err != nil {
		return err
	}
	defer set.Close()
	manager, err := notify.FromEnv()
	if err != nil {
		return err
	}
	defer manager.Close()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if set.Len() == 0 {
		err = store(manager)
	} else {
		err = retrieve(say, set, manager)
	}
	if err = errors.Join(err, manager.Barrier(ctx)); err != nil {
		return err
	}
	stop, cancelStop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancelStop()
	say("stored " + fileDescriptors())
	err = manager.Send(notify.Ready)
	<-stop.Done() // the first time it is killed
	return err
}

// fileDescriptors is what the manager says of this service's store.
func fileDescriptors() string {
	out, err := exec.Command("sh", "-c",
		`systemctl show -P NFileDescriptorStore "$(sed -n 's,^0::.*/,,p' /proc/self/cgroup)"`).Output()
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(out))
}

func store(manager *notify.Socket) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = w.WriteString("in the pipe")
	err = errors.Join(err, w.Close(), manager.Store("out", false, r))
	memory, memErr := sys.SealedMemfd("state", []byte("in memory"))
	if err = errors.Join(err, memErr); err != nil {
		return err
	}
	defer memory.Close()
	return errors.Join(manager.Store("state", true, memory), manager.Store("state", true, os.Stderr))
}

func retrieve(say func(string), set *socketact.Set, manager *notify.Socket) error {
	out := set.Named("out").TakeKind(socketact.FIFO)
	state := set.Named("state").TakeKind(socketact.Memfd)
	if len(out) != 1 || len(state) != 1 {
		return fmt.Errorf("%d pipes and %d memfds", len(out), len(state))
	}
	text, err := io.ReadAll(out[0])
	if err != nil {
		return err
	}
	say(string(text))
	text, err = io.ReadAll(io.NewSectionReader(state[0], 0, 100))
	if err != nil {
		return err
	}
	say(string(text))
	return errors.Join(manager.Remove("out"), manager.Remove("state"))
}

// TestNotify_FDStore: what is stored survives SIGKILL, a hung-up pipe and two
// descriptors of one name included, and is gone when removed.
func TestNotify_FDStore(t *testing.T) {
	r, unit := newReport(t), unitName(t)+".service"
	run(t, "systemd-run", "--quiet", "--unit="+unit, "-p", "Type=notify", "-p", "FileDescriptorStoreMax=8",
		"-p", "Restart=always", "-p", "RestartSec=1ms", executable(t), "storer", r.path)
	r.want(t, "stored 3")
	run(t, "systemctl", "kill", "-s", "KILL", unit)
	r.want(t, "in the pipe", "in memory", "stored 0")
	run(t, "systemctl", "stop", unit)
}
