package socketact_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/socketact"
)

// TestMain makes the test binary the activated program when it is asked to.
func TestMain(m *testing.M) {
	if os.Getenv("UNITMON_TEST_TAKE") != "" {
		activated()
		return
	}
	os.Exit(m.Run())
}

// activated prints what it takes, and that nothing is left for its children
// or for a second call.
func activated() {
	set, err := socketact.Take()
	fmt.Printf("names %q, error %v\n", set.Names(), err)
	for _, e := range set.Rest() {
		fmt.Printf("%s is a %s\n", e.Name, socketact.KindOf(e.File))
	}
	again, err := socketact.Take()
	fmt.Printf("again %d %v\n", again.Len(), err)
	child := exec.Command("sh", "-c", `test ! -e /proc/self/fd/3 && test ! -e /proc/self/fd/4 && env | grep ^LISTEN; echo "$?"`)
	out, err := child.CombinedOutput()
	fmt.Printf("child %s%v\n", out, err)
}

// activate runs activated with a shell in between that knows the process ID.
func activate(t *testing.T, set *socketact.Set, pid string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", "LISTEN_PID="+pid+` exec "$0"`, os.Args[0])
	cmd.ExtraFiles = set.Files()
	cmd.Env = append(socketact.CleanEnviron(os.Environ()), set.Environ(0)...)
	cmd.Env = append(cmd.Env, "UNITMON_TEST_TAKE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestTake(t *testing.T) {
	set := new(socketact.Set)
	defer set.Close()
	dir := t.TempDir()
	fifo(t, set, "io", filepath.Join(dir, "fifo"))
	unixSocket(t, set, "io", "unixpacket", filepath.Join(dir, "socket"))
	got := activate(t, set, "$$")
	want := "names [\"io\" \"io\"], error <nil>\nio is a fifo\nio is a socket\nagain 0 <nil>\nchild 1\n<nil>\n"
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestTake_NotMine(t *testing.T) {
	set := new(socketact.Set)
	defer set.Close()
	null, err := os.Open("/dev/null")
	add(t, set, "a", null, err)
	if got := activate(t, set, "1"); !strings.HasPrefix(got, "names [], error <nil>\nagain 0 <nil>\n") {
		t.Errorf("got:\n%s", got)
	}
}

// TestTake_NotOpen: more is promised than there is. The descriptors that are
// open, here the test binary's own, stay open.
func TestTake_NotOpen(t *testing.T) {
	t.Setenv("LISTEN_PID", fmt.Sprint(os.Getpid()))
	t.Setenv("LISTEN_FDS", "1048576")
	set, err := socketact.Take()
	if set != nil || !errors.Is(err, socketact.ErrEnviron) || !errors.Is(err, syscall.EBADF) {
		t.Errorf("%v, %v", set, err)
	}
	if v, ok := os.LookupEnv("LISTEN_FDS"); ok {
		t.Errorf("LISTEN_FDS=%s is left", v)
	}
}
