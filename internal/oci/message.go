package oci

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

const (
	outputMax  = 64 << 10 // bytes of a runtime's stdout, stderr or log that are looked at
	messageMax = 4 << 10  // bytes of one message
)

// tail keeps the last outputMax bytes written to it: errors come last.
type tail struct{ buf []byte }

// Write never fails, so that a runtime is never stopped by what it prints.
func (t *tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p[max(0, len(p)-outputMax):]...)
	if extra := len(t.buf) - outputMax; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(p), nil
}

// tailOf reads the last outputMax bytes of a file; nothing if it cannot.
func tailOf(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	if fi, err := f.Stat(); err == nil && fi.Size() > outputMax {
		_, _ = f.Seek(-outputMax, io.SeekEnd)
	}
	data, _ := io.ReadAll(io.LimitReader(f, outputMax))
	return data
}

// lastError finds a runtime's last error in what it printed or logged: the
// last line that says it is one, else the last line of any text.
func lastError(output []byte) string {
	var last, plain string
	for line := range bytes.Lines(output) {
		level, text := parseLine(strings.TrimSpace(string(line)))
		switch level {
		case "error", "fatal", "panic":
			last = text
		case "":
			if text != "" {
				plain = text
			}
		}
	}
	if last == "" {
		last = plain
	}
	return clip(last)
}

// parseLine takes a line of a runtime apart: JSON ("--log-format json"),
// logrus' text form (runc without a log), or plain words (crun, with or
// without a time stamp), which have no level.
func parseLine(line string) (level, text string) {
	var j struct{ Level, Msg string }
	if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &j) == nil && j.Level != "" {
		return j.Level, j.Msg
	}
	if m := regexp.MustCompile(`^time="[^"]*" level=(\w+) msg=("(?:[^"\\]|\\.)*"|\S*)`).FindStringSubmatch(line); m != nil {
		if s, err := strconv.Unquote(m[2]); err == nil {
			return m[1], s
		}
		return m[1], m[2]
	}
	return "", regexp.MustCompile(`^\d{4}-\d\d-\d\dT[0-9:.]+Z: `).ReplaceAllString(line, "")
}

// clip makes text one line of printable length and valid UTF-8.
func clip(text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", " ")
	return strings.ToValidUTF8(text[:min(len(text), messageMax)], "")
}
