package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/oci"
)

// version is set by the linker (-X main.version=…) where the version control's
// word in the build information is not what is wanted.
var version string

// versions are those of everything that unitmon works with. What cannot be found
// out is left out, and why not is in Notes.
type versions struct {
	Unitmon string   `json:"unitmon"`
	Go      string   `json:"go"`
	Systemd int      `json:"systemd,omitempty"` // of the manager that is asked
	Kernel  string   `json:"kernel,omitempty"`
	Runtime string   `json:"runtime,omitempty"` // the path of that which "unitmon run" takes
	Relay   string   `json:"relay,omitempty"`   // the path of the relay's program
	Notes   []string `json:"notes,omitempty"`
}

func newVersion() *cobra.Command {
	var user, json bool
	return jsonFlag(userFlag(&cobra.Command{
		Use: "version", Short: "Show the versions of unitmon and of what it works with", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, out := findVersions(cmd.Context(), user), ui.Stdout()
			if json {
				return ui.JSON(out.W, v)
			}
			return v.write(out.W)
		},
	}, &user), &json)
}

// programVersion is the version of this program.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	switch {
	case version != "":
		return version
	case ok && info.Main.Version != "":
		return info.Main.Version
	}
	return "(devel)"
}

func findVersions(ctx context.Context, user bool) *versions {
	v := &versions{Unitmon: programVersion(), Go: runtime.Version()}
	note := func(err error) {
		if err != nil {
			v.Notes = append(v.Notes, oneLine(err))
		}
	}
	m, err := dial(ctx, user)
	if err == nil {
		v.Systemd, err = m.Version(ctx)
		_ = m.Close()
	}
	note(err)
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	v.Kernel = strings.TrimSpace(string(kernel))
	note(err)
	rt, err := oci.Find(ctx, "")
	if err == nil {
		v.Runtime = rt.Path
	}
	note(err)
	programs, err := container.FindPrograms()
	v.Relay = programs.Relay
	note(err)
	return v
}

func (v *versions) write(w io.Writer) error {
	systemd := "unknown"
	if v.Systemd != 0 {
		systemd = fmt.Sprint(v.Systemd)
	}
	_, err := fmt.Fprintf(w, "unitmon %s\nGo      %s\nsystemd %s\nLinux   %s\nruntime %s\nrelay   %s\n",
		v.Unitmon, strings.TrimPrefix(v.Go, "go"), systemd, orUnknown(v.Kernel), orNone(v.Runtime), orNone(v.Relay))
	for _, n := range v.Notes {
		fmt.Fprintln(os.Stderr, "unitmon: note:", n)
	}
	return err
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
