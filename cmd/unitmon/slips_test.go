package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/container"
)

// TestSlips: what podman's hands type is understood without a manager, in one
// line that says what to type instead.
func TestSlips(t *testing.T) {
	for line, want := range map[string]string{
		"run -it --rm alpine":                   "unitmon has no images and pulls none",
		"run -d --name web nginx":               "unitmon run --rootfs DIR web -- COMMAND",
		"run -d -p 80:80 web -- x":              "-p 80:80: it sets properties of the unit; no ports are published",
		"run -p 127.0.0.1:8080-8090:80/tcp x y": "no ports are published",
		"run --publish 80:80 web":               "the host's is used",
		"run --network bridge web -- x":         "unitmon makes no networks",
		"run --memory 1g web -- x":              "-p MemoryMax=200M",
		"run --privileged web -- x":             "--bundle DIR",
		"run --rm --keep web -- x":              "say one or the other",
		"pull docker.io/library/alpine":         "podman export",
		"images -a":                             "unitmon has no images and pulls none",
		"image ls":                              "no images",
		"build -t x .":                          "buildah",
		"container ls":                          "unitmon ps",
		"ls":                                    "unitmon ps",
		"network create x":                      "makes no networks",
		"cp web:/a .":                           "root directory",
		"system prune --all":                    "unitmon version",
		"run --nosuch web":                      "unknown flag: --nosuch",
		"stopp web":                             `unknown command "stopp": is stop or top meant?`,
		"rnu":                                   `unknown command "rnu": is rm or run meant?`,
		"nosuchthing --all":                     `unknown command "nosuchthing"`,
		"logs --tail abc web":                   `tail "abc": it is no number of lines`,
		"logs -n 1.5 web":                       `tail "1.5": it is no number of lines`,
		"status --lines all web":                `lines "all": it is no number of lines`,
		"status --quiet=x web":                  `invalid argument "x" for "-q, --quiet" flag`,
		"stop --all":                            "unknown flag: --all",
	} {
		root := newRoot()
		root.SetArgs(strings.Fields(line))
		err := near(root, root.Execute())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", line, err, want)
			continue
		}
		if n := len(oneLine(err)); n > 330 {
			t.Errorf("%s: %d bytes in one line: %v", line, n, err)
		}
	}
}

func TestLooksLikeImage(t *testing.T) {
	for _, yes := range []string{"alpine", "nginx:latest", "docker.io/library/nginx", "localhost:5000/x", "quay.io/a/b:1.2", "me/app@sha256:00ff", "app:v1"} {
		if !looksLikeImage(yes) {
			t.Errorf("%s does not look like an image", yes)
		}
	}
	for _, no := range []string{"", "sh", "/bin/sh", "./run", "../x/y", "-x", "httpd2", "a b/c", "Foo", "x:"} {
		if looksLikeImage(no) {
			t.Errorf("%q looks like an image", no)
		}
	}
}

// TestImageHint: the hint follows the error and keeps its exit code.
func TestImageHint(t *testing.T) {
	for _, tc := range []struct {
		args string
		code int
		hint bool
	}{
		{"x -- alpine", 127, true},
		{"x quay.io/a/b sh", 127, true},
		{"x -- nosuch", 127, false},
		{"x -- alpine", 126, false},
	} {
		start := codeError{tc.code, fmt.Errorf("a: %w", &container.StartError{Name: "x", Message: "m", Code: tc.code})}
		cmd := newRun()
		err := imageHint(cmd, strings.Fields(tc.args), errors.Join(start, nil))
		var code codeError
		if !errors.As(err, &code) || code.code != tc.code || strings.Contains(err.Error(), "pulls none") != tc.hint {
			t.Errorf("%s, %d: %v", tc.args, tc.code, err)
		}
	}
	cmd := newRun()
	if err := cmd.Flags().Set("rootfs", "/x"); err != nil {
		t.Fatal(err)
	}
	start := &container.StartError{Name: "x", Code: 127}
	if err := imageHint(cmd, []string{"x", "alpine"}, start); !errors.Is(err, error(start)) || strings.Contains(err.Error(), "pulls") {
		t.Errorf("with a root directory: %v", err)
	}
}
