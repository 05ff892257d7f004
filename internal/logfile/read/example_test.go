package read_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/logfile/read"
)

func Example() {
	dir, err := os.MkdirTemp("", "log")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "log")
	const rotated, live = "2026-11-21T09:19:22.032465950+01:00 stdout F one\n2026-11-21T09:19:23.000000000+01:00 stdout P tw\n",
		"2026-11-21T09:19:24.000000000+01:00 stdout F o\n"
	if err := errors.Join(os.WriteFile(path+".1", []byte(rotated), 0o600), os.WriteFile(path, []byte(live), 0o600)); err != nil {
		panic(err)
	}

	r, err := read.Open(path, read.Options{Format: read.K8s, Tail: 1})
	if err != nil {
		panic(err)
	}
	defer func() { _ = r.Close() }()
	for {
		rec, err := r.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s %q %v\n", rec.Time.UTC().Format("15:04:05"), rec.Text, rec.Partial)
	}
	// Output:
	// 08:19:23 "tw" true
	// 08:19:24 "o" false
}
