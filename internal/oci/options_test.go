package oci

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const minimal = `{"ociVersion":"1.0.2","process":{"args":["sh"],"cwd":"/"},"root":{"path":"root"}}`

// TestBuild_Refused asserts the text of every refusal: it is what a user sees.
func TestBuild_Refused(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := []string{"x"}
	for _, tc := range []struct {
		o    Options
		want string
	}{
		{Options{}, `no command given`},
		{Options{Args: []string{""}}, `the command is an empty string`},
		{Options{Args: []string{"a\x00b"}}, `command "a\x00b": contains a NUL byte`},
		{Options{Args: []string{"a\xff"}}, `command "a\xff": not UTF-8, and config.json of a bundle holds nothing else`},
		{Options{Args: cmd, RootFS: "/\xff"}, `root directory "/\xff": not UTF-8, and config.json of a bundle holds nothing else`},
		{Options{Args: cmd, Env: []string{"A"}, Environ: []string{"A=\xff"}}, `environment "A=\xff": not UTF-8, and config.json of a bundle holds nothing else`},
		{Options{Bundle: "a", RootFS: "b"}, `a bundle and a root directory exclude each other`},
		{Options{Args: cmd, Rootless: true, UID: -1}, `rootless: -1:0 is not a user and group`},
		{Options{Args: cmd, Labels: map[string]string{"": "x"}}, `label: the name is empty`},
		{Options{Args: cmd, Workdir: "srv"}, `working directory srv: not an absolute path`},
		{Options{Args: cmd, CgroupsPath: "a/b"}, `cgroup a/b: not an absolute path`},
		{Options{Args: cmd, NotifySocket: "n"}, `notify socket n: neither an absolute path nor an abstract name`},
		{Options{Args: cmd, NotifySocket: "@n", Network: "none"}, `notify socket @n: an abstract name cannot be reached from another network namespace`},
		{Options{Args: cmd, Network: "bridge"}, `network bridge: neither host nor none`},
		{Options{Args: cmd, Hostname: strings.Repeat("h", 65)}, `host name ` + strings.Repeat("h", 65) + `: 65 bytes, at most 64 are possible`},
		{Options{Args: cmd, Env: []string{"=x"}}, `environment "=x": the name is empty`},
		{Options{Args: cmd, RootFS: "/nonexistent"}, `root directory /nonexistent: no such file or directory`},
		{Options{Args: cmd, RootFS: file}, `root directory ` + file + `: not a directory`},
		{Options{Bundle: "/nonexistent"}, `bundle /nonexistent: no such file or directory`},
		{Options{Bundle: root}, root + `/config.json: no such file or directory`},
		{Options{Args: cmd, RootFS: root, User: "nobody"}, `user nobody: no such user in etc/passwd`},
		{Options{Args: cmd, RootFS: root, User: "1:wheel"}, `user 1:wheel: no group wheel in etc/group`},
		{Options{Args: cmd, RootFS: root, User: ":1"}, `user :1: not of the form USER[:GROUP]`},
		{Options{Args: cmd, RootFS: root, User: "4294967295"}, `user 4294967295: 4294967295 is not an id, the largest is 4294967294`},
		{Options{Args: cmd, RootFS: root, User: "1", Rootless: true}, `user 1:0: a rootless container has only 0:0, the caller`},
		{Options{Args: cmd, RootFS: root, Volumes: []string{"/nonexistent:/x"}}, `volume /nonexistent:/x: /nonexistent: no such file or directory`},
		{Options{Args: cmd, Volumes: []string{"/:/etc/nonexistent"}}, `volume /:/etc/nonexistent: /etc/nonexistent: does not exist, and cannot be made in the host's root, which is read-only`},
	} {
		if _, err := Build(tc.o); err == nil || err.Error() != tc.want {
			t.Errorf("Build(%+v):\n got %v\nwant %s", tc.o, err, tc.want)
		}
	}
}

// TestBuild_BrokenBundle asserts that an error names the file and the field.
func TestBuild_BrokenBundle(t *testing.T) {
	for _, tc := range []struct{ config, want string }{
		{`{"ociVersion": "1.0.2",` + "\n  oops}", `2:3: invalid character 'o' looking for beginning of object key string`},
		{``, `1:1: unexpected end of JSON input`},
		{minimal + "x", `1:82: invalid character 'x' after top-level value`},
		{`[]`, `expected object, found array`},
		{`{"process":{"args":5}}`, `process.args: expected array of strings, found number`},
		{`{"process":{"args":["a",5]}}`, `process.args: expected string, found number`},
		{`{"process":{"user":{"uid":-1}}}`, `process.user.uid: expected unsigned number, found number -1`},
		{`{"process":{"terminal":"no"}}`, `process.terminal: expected boolean, found string`},
		{`{"linux":7}`, `linux: expected object, found number`},
		{`{}`, `ociVersion: missing`},
		{`{"ociVersion":"2.0.0"}`, `ociVersion: 2.0.0 is not supported, only 1.x is`},
		{`{"ociVersion":"1.0.0"}`, `process: missing`},
		{`{"ociVersion":"1.0.0","process":{}}`, `process.args: missing or empty`},
		{strings.Replace(minimal, `"cwd"`, `"terminal":true,"cwd"`, 1), `process.terminal: it is true: give the container a terminal (--tty)`},
		{`{"ociVersion":"1.0.0","process":{"args":["x"]}}`, `process.cwd: missing`},
		{`{"ociVersion":"1.0.0","process":{"args":["x"],"cwd":"x"}}`, `process.cwd: x is not an absolute path`},
		{`{"ociVersion":"1.0.0","process":{"args":["x"],"cwd":"/"}}`, `root.path: missing`},
		{strings.Replace(minimal, `"root"}`, `"nope"}`, 1), `root.path: DIR/nope: no such file or directory`},
		{strings.Replace(minimal, `"root"}`, `"config.json"}`, 1), `root.path: DIR/config.json: not a directory`},
		{strings.TrimSuffix(minimal, "}") + `,"mounts":[{"type":"tmpfs"}]}`, `mounts[0].destination: missing`},
	} {
		dir := bundleDir(t, tc.config)
		want := dir + "/config.json: " + strings.ReplaceAll(tc.want, "DIR", dir)
		if _, err := Build(Options{Bundle: dir}); err == nil || err.Error() != want {
			t.Errorf("config.json %s:\n got %v\nwant %s", tc.config, err, want)
		}
	}
}

func bundleDir(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "root"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestBuild_HostnameWithoutNamespace(t *testing.T) {
	_, err := Build(Options{Bundle: bundleDir(t, minimal), Hostname: "h"})
	if want := "host name h: the bundle has no uts namespace"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestBuild_ConfigTooLarge(t *testing.T) {
	dir := bundleDir(t, minimal+strings.Repeat(" ", configMax))
	_, err := Build(Options{Bundle: dir})
	if want := dir + "/config.json: larger than 4194304 bytes"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
