package oci

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// NewID makes a container ID: 64 lower-case hexadecimal digits, as podman's
// are.
func NewID() (string, error) {
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("container id: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// pidFileMax holds any pid and a newline; Linux has pids of at most 22 bits.
const pidFileMax = 32

// ReadPIDFile reads the pid file that a runtime wrote in create: decimal
// digits, perhaps with white space around them. The pid is that of the
// container's init in the caller's pid namespace.
func ReadPIDFile(path string) (int, error) {
	data, err := readFile(path, pidFileMax)
	if err != nil {
		return 0, fmt.Errorf("pid file %w", err)
	}
	text := strings.TrimSpace(string(data))
	pid, err := strconv.ParseInt(text, 10, 32)
	if err != nil || pid < 1 {
		return 0, fmt.Errorf("pid file %s: %q is not a pid", path, text)
	}
	return int(pid), nil
}
