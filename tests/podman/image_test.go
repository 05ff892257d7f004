package podman

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sync"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

// guest is the program of package guest, which is in the image too.
const guest = box.ProgramDir + "/guest"

// heed is a program of the image that ends when it is told to: the first
// process of a container otherwise does not.
const heed = "#!/bin/sh\ntrap 'exit 0' TERM\nwhile :; do sleep 1000 & wait; done\n"

// imageName is what the scripts call the only image.
const imageName = "img"

// rootImages and aliceImages return the path of a store with the image in it,
// which all stores of the tests of that user read and none writes
// (additionalimagestores, storage.conf(5)).
var (
	rootImages  = sync.OnceValues(func() (string, error) { return makeImages(nil) })
	aliceImages = sync.OnceValues(func() (string, error) {
		u, err := user.Lookup(rootlessUser)
		if err != nil {
			return "", err
		}
		return makeImages(&kit.User{Name: u.Username, UID: u.Uid, GID: u.Gid, Home: u.HomeDir})
	})
)

func makeImages(user *kit.User) (string, error) {
	// A machine's manager shares / at its boot, one in a namespace does not;
	// podman warns a user where it is not.
	if err := exec.Command("mount", "--make-rshared", "/").Run(); err != nil {
		return "", fmt.Errorf("mount --make-rshared /: %w", err)
	}
	dir, err := os.MkdirTemp("", "images")
	if err != nil {
		return "", err
	}
	root := filepath.Join(dir, "root")
	if err := makeRoot(root); err != nil {
		return "", err
	}
	archive, err := exec.Command("tar", "c", "-C", root, ".").Output()
	if err != nil {
		return "", fmt.Errorf("tar of %s: %w", root, err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		return "", err
	}
	store := filepath.Join(dir, "store")
	line := []string{
		"podman", "--root", store, "--runroot", dir + "/run", "--tmpdir", dir + "/tmp",
		"--storage-driver", "overlay", "import", "--quiet", "-", imageName,
	}
	if user != nil {
		line = user.As(line...)
	}
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stdin = bytes.NewReader(archive)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("podman import: %w: %s", err, out)
	}
	return store, readable(dir)
}

// makeRoot makes the image's root directory: a static busybox with its
// applets, and the guest program.
func makeRoot(root string) error {
	for _, d := range []string{"bin", "dev", "etc", "proc", "sys", "tmp", "run", "work"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			return err
		}
	}
	for source, name := range map[string]string{"/bin/busybox": "busybox", guest: "guest"} {
		data, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, "bin", name), data, 0o755); err != nil {
			return err
		}
	}
	if out, err := exec.Command("chroot", root, "/bin/busybox", "--install", "-s", "/bin").CombinedOutput(); err != nil {
		return fmt.Errorf("busybox --install: %w: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(root, "bin/heed"), []byte(heed), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "etc/passwd"), []byte("root:x:0:0::/:/bin/sh\n"), 0o644)
}

// readable lets every user read what is in a directory.
func readable(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := info.Mode().Perm() | 0o444
		if d.IsDir() {
			mode |= 0o111
		}
		return os.Chmod(path, mode)
	})
}

// imageStore is the path of the store with a user's image.
func imageStore(t testing.TB, user *kit.User) string {
	t.Helper()
	get := rootImages
	if user != nil {
		get = aliceImages
	}
	store, err := get()
	if err != nil {
		t.Fatal(err)
	}
	return store
}
