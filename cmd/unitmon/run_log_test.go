package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/container"
)

func TestRun_ParseStreams(t *testing.T) {
	o, err := parse("-it", "--leave-stdin-open", "web", "sh", "-i")
	if err != nil || !o.Stdin || !o.OCI.Terminal || !o.LeaveStdinOpen || fmt.Sprint(o.OCI.Args) != "[sh -i]" {
		t.Errorf("%+v, %v", o.Config, err)
	}
	o, err = parse("web", "sh")
	if err != nil || o.Stdin || o.OCI.Terminal || o.LeaveStdinOpen {
		t.Errorf("%+v, %v", o.Config, err)
	}
}

func TestRun_ParseLogs(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"": "[] block 1048576 false",
		"--log k8s-file:/a --log journal --log json-file:b": "[{k8s-file /a 0 1} {journal  0 0} {json-file " + here + "/b 0 1}] block 1048576 false",
		"--log k8s-file:/a --log-max-size 2k":               "[{k8s-file /a 2048 1}] block 1048576 false",
		"--log k8s-file:/a --log-max-size 0":                "[{k8s-file /a 0 1}] block 1048576 false",
		"--log-max-files 3 --log-max-size 1G --log-no-sync --log journal --log json-file:/b --log-policy drop --log-queue 16M": "[{journal  0 0} {json-file /b 1073741824 3}] drop 16777216 true",
	} {
		o, err := parse(append(strings.Fields(args), "web", "true")...)
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		if got := fmt.Sprint(o.Logs, o.LogPolicy, " ", o.LogQueue, o.LogNoSync); strings.ReplaceAll(got, "] ", "]") != strings.ReplaceAll(want, "] ", "]") {
			t.Errorf("%s:\ngot  %s\nwant %s", args, got, want)
		}
	}
}

func TestRun_ParseLogs_Bad(t *testing.T) {
	for args, want := range map[string]string{
		"--log file:/a":                          `log "file:/a": the driver is none of`,
		"--log-queue x":                          `log queue: "x" is no size`,
		"--log-max-size x":                       `log max size: "x" is no size`,
		"--log-max-size 1M":                      "log max size 1M: there is no log file",
		"--log-max-size 1M --log journal":        "log max size 1M: there is no log file",
		"--log-max-files 2":                      "log max files 2: without --log-max-size there is one",
		"--log-max-files 1 --log k8s-file:/a":    "log max files 1: without --log-max-size there is one",
		"--log-max-files 0 --log-max-size 1M":    fmt.Sprintf(`log max files "0": it is no number from 1 to %d`, container.LogFilesMax),
		"--log-max-files 1001 --log-max-size 1M": `log max files "1001": it is no number`,
		"--log-max-files x":                      `log max files "x": it is no number`,
	} {
		_, err := parse(append(strings.Fields(args), "web", "true")...)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}
