package oci

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestExitCode holds texts that runtimes were seen to give; tests/oci asks the
// runtimes themselves.
func TestExitCode(t *testing.T) {
	for _, tc := range []struct {
		message string
		want    int
	}{
		{`unable to start container process: exec: "nope": executable file not found in $PATH`, 127},
		{`unable to start container process: exec: "/nope": stat /nope: no such file or directory`, 127},
		{"executable file `nope` not found in $PATH: No such file or directory", 127},
		{`unable to start container process: exec: "/etc/passwd": permission denied`, 126},
		{`open executable: Permission denied`, 126},
		{`open executable: Operation not permitted`, 126},
		{"the path `/x` exists but it is not executable: Operation not permitted", 126},
		{"the path `/x` is not a regular file: Operation not permitted", 126},
		{"exec container process `/x`: Exec format error", 126},
		{`error mounting "/nope" to rootfs at "/tmp/z": stat /nope: no such file or directory`, 125},
		{"error stat'ing file `/nope`: No such file or directory", 125},
		{`permission denied`, 125},
		{``, 125},
	} {
		for _, verb := range []string{"create", "start"} {
			if got := (&Error{Verb: verb, Message: tc.message}).ExitCode(); got != tc.want {
				t.Errorf("%s: %s: %d, want %d", verb, tc.message, got, tc.want)
			}
		}
		if got := (&Error{Verb: "delete", Message: tc.message}).ExitCode(); got != 125 {
			t.Errorf("delete: %s: %d", tc.message, got)
		}
	}
}

func TestSentinelOf(t *testing.T) {
	for message, want := range map[string]error{
		"container does not exist": ErrNotExist,
		"error opening file `/run/crun/x/status`: No such file or directory": ErrNotExist,
		"cannot open directory '/run/crun/x': No such file or directory":     ErrNotExist,
		"container not running":                      ErrNotRunning,
		"cannot start a container that has stopped":  ErrNotRunning,
		"open pidfd: No such process":                ErrNotRunning,
		"container not running: No such process":     ErrNotRunning,
		"container `c1` is not running":              ErrNotRunning,
		"container with given ID already exists":     nil,
		`open executable: No such file or directory`: nil,
	} {
		if got := sentinelOf(message); !errors.Is(got, want) || (got == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", message, got, want)
		}
	}
}

func TestLastError(t *testing.T) {
	for in, want := range map[string]string{
		"": "",
		"time=\"2026-11-21T11:36:53Z\" level=error msg=\"container does not exist\"\n": "container does not exist",
		`time="x" level=error msg="a \"b\" c" error=x`:                                 `a "b" c`,
		`time="x" level=error msg=plain`:                                               `plain`,
		"time=\"x\" level=error msg=first\ntime=\"x\" level=warning msg=second":        `first`,
		"{\"level\":\"error\",\"msg\":\"first\"}\nsecond":                              `first`,
		"one\ntwo\n\n": `two`,
		"2020-02-10T09:53:27.000690883Z: setrlimit: no\n": `setrlimit: no`,
		`{"msg":"a\nb","level":"fatal"}`:                  `a b`,
		"{broken":                                         `{broken`,
		"time=\"x\" level=warning msg=only":               ``,
	} {
		if got := lastError([]byte(in)); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

func FuzzLastError(f *testing.F) {
	f.Add([]byte(`time="x" level=error msg="a"`))
	f.Add([]byte("{\"level\":\"error\",\"msg\":\"\xff\"}\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got := lastError(data)
		if len(got) > messageMax || strings.Contains(got, "\n") {
			t.Errorf("%q", got)
		}
	})
}

func TestTail(t *testing.T) {
	var w tail
	for i := range 3 {
		chunk := bytes.Repeat([]byte{byte('a' + i)}, outputMax-10)
		if n, err := w.Write(chunk); n != len(chunk) || err != nil {
			t.Fatal(n, err)
		}
	}
	want := strings.Repeat("b", 10) + strings.Repeat("c", outputMax-10)
	if string(w.buf) != want {
		t.Errorf("kept %d bytes, %.20q…", len(w.buf), w.buf)
	}
}
