package logfile_test

import (
	"fmt"

	"github.com/unitmon/unitmon/internal/logfile"
)

func Example() {
	var stamp logfile.Stamp
	stamp.Set(1795249162, 32465950, 3600)
	buf := make([]byte, 1024)

	n := logfile.K8s(buf, &stamp, 0, []byte("a line"), false)
	n += logfile.K8s(buf[n:], &stamp, 1, []byte("a piece"), true)
	n += logfile.JSON(buf[n:], &stamp, 0, []byte("a <line> \xff"), false)
	fmt.Printf("%s", buf[:n])
	// Output:
	// 2026-11-21T09:19:22.032465950+01:00 stdout F a line
	// 2026-11-21T09:19:22.032465950+01:00 stderr P a piece
	// {"log":"a \u003cline\u003e \udcff\n","stream":"stdout","time":"2026-11-21T08:19:22.03246595Z"}
}
