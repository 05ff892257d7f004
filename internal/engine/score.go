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
// privilege (CAP_SYS_RESOURCE) it stays as it is. A service has its score from
// the manager, and what it starts gets the engine's all the same.
func (m *monitor) protect() {
	old, err := readScore(scorePath)
	if err != nil || os.WriteFile(scorePath, []byte(scoreLow), 0) != nil {
		return
	}
	if m.score = old; m.service != nil {
		m.score = m.service.config.Score
	}
}

func readScore(path string) (string, error) {
	text, err := os.ReadFile(path)
	return strings.TrimSpace(string(text)), err
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
