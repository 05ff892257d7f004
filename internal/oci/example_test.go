package oci_test

import (
	"fmt"
	"os"

	"github.com/unitmon/unitmon/internal/oci"
)

func ExampleParseVolume() {
	m, err := oci.ParseVolume("/srv/data:/data:ro")
	fmt.Println(m.Source, m.Destination, m.Options, err)
	_, err = oci.ParseVolume("data:/data")
	fmt.Println(err)
	// Output:
	// /srv/data /data [rbind ro nosuid nodev rprivate rro] <nil>
	// volume data:/data: "data" is not an absolute path
}

func ExampleBuild() {
	root, err := os.MkdirTemp("", "root")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(root) }()
	b, err := oci.Build(oci.Options{RootFS: root, Args: []string{"sh"}, Env: []string{"A=1"}, Name: "web"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Spec.Hostname, b.Spec.Process.Args, b.Spec.Process.Env[4:])
	// Output: web [sh] [A=1 HOSTNAME=web]
}

func ExampleError_ExitCode() {
	err := &oci.Error{Runtime: "runc", Verb: "create", Message: `exec: "sh": executable file not found in $PATH`}
	fmt.Println(err, err.ExitCode())
	// Output: runc create: exec: "sh": executable file not found in $PATH 127
}

func ExampleEnviron() {
	fmt.Println(oci.Environ([]string{"HOME=/root", "NOTIFY_SOCKET=/run/systemd/notify", "LISTEN_FDS=2"}))
	// Output: [HOME=/root]
}
