package engine

import (
	"os"
	"strings"
)

// The score of this process for the kernel's OOM killer, proc(5).
const (
	scorePath = "/proc/self/oom_score_adj"
	scoreLow  = "-1000"
)

// protect keeps this process from being killed for want of memory. Without the
// privilege (CAP_SYS_RESOURCE) it stays as it is.
func (m *monitor) protect() {
	if old, err := os.ReadFile(scorePath); err == nil && os.WriteFile(scorePath, []byte(scoreLow), 0) == nil {
		m.score = strings.TrimSpace(string(old))
	}
}

// unprotected runs f, which starts a process, with the score that the engine
// gave: a new process has that of its parent.
func (m *monitor) unprotected(f func() error) error {
	if m.score == "" {
		return f()
	}
	if err := os.WriteFile(scorePath, []byte(m.score), 0); err != nil {
		return err
	}
	defer func() { _ = os.WriteFile(scorePath, []byte(scoreLow), 0) }()
	return f()
}
