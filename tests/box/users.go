package box

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// firstUID is where ordinary users begin on Debian; see adduser.conf(5).
const firstUID = 1000

// addUser adds the user of the options to the overlay's files.
func (s *initStage) addUser() error {
	name := s.User
	if name == "" {
		return nil
	}
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return err
	}
	group, err := os.ReadFile("/etc/group")
	if err != nil {
		return err
	}
	if hasName(passwd, name) || hasName(group, name) {
		return fmt.Errorf("%s exists on this machine", name)
	}
	id := freeID(firstUID, ids(passwd), ids(group))
	home := filepath.Join("/home", name)
	sub := freeRange(id)
	for path, line := range map[string]string{
		"/etc/passwd":  fmt.Sprintf("%s:x:%d:%d::%s:/bin/bash\n", name, id, id, home),
		"/etc/group":   fmt.Sprintf("%s:x:%d:\n", name, id),
		"/etc/shadow":  fmt.Sprintf("%s:*:19000:0:99999:7:::\n", name),
		"/etc/gshadow": fmt.Sprintf("%s:!::\n", name),
		"/etc/subuid":  fmt.Sprintf("%s:%d:65536\n", name, sub),
		"/etc/subgid":  fmt.Sprintf("%s:%d:65536\n", name, sub),
	} {
		if err := appendLine(path, line); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	if err := os.Chown(home, id, id); err != nil {
		return err
	}
	if err := replace(filepath.Join("/var/lib/systemd/linger", name), "", 0o644); err != nil { // as loginctl enable-linger
		return err
	}
	// logind starts the manager of a user who lingers at some time after the
	// boot; here the boot is not finished without it.
	manager := fmt.Sprintf("[Unit]\nWants=user@%d.service\nAfter=user@%[1]d.service\n", id)
	return replace("/etc/systemd/system/"+targetUnit+".d/user.conf", manager, 0o644)
}

// hasName reports whether a file such as passwd(5) has an entry of a name.
func hasName(file []byte, name string) bool {
	for line := range strings.Lines(string(file)) {
		if first, _, _ := strings.Cut(line, ":"); first == name {
			return true
		}
	}
	return false
}

// ids returns the numbers in the third column of passwd(5) or group(5).
func ids(file []byte) map[int]bool {
	used := map[int]bool{}
	for line := range strings.Lines(string(file)) {
		if f := strings.Split(line, ":"); len(f) > 2 {
			if id, err := strconv.Atoi(f[2]); err == nil {
				used[id] = true
			}
		}
	}
	return used
}

// freeID returns the first number from id on that is in neither set.
func freeID(id int, a, b map[int]bool) int {
	for a[id] || b[id] {
		id++
	}
	return id
}

// freeRange returns the start of a range of subordinate ids far above those
// that useradd(8) hands out from 100000 on.
func freeRange(id int) int { return 0x10000000 + (id-firstUID)*0x10000 }

// appendLine adds a line to a file of the overlay, which need not exist.
func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}
