package container

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/sys"
)

// sessionPlan is what a session's other processes need to know. It is written
// once, before any of them runs.
type sessionPlan struct {
	Version   int            `json:"version"`   // recordVersion
	Container string         `json:"container"` // its ID: another may have got the name
	Detach    bool           `json:"detach,omitempty"`
	Cgroup    string         `json:"cgroup"` // the container's, below the root of the hierarchy
	Process   *specs.Process `json:"process"`
}

// ErrNoSession is wrapped when there is no session of an ID.
var ErrNoSession = errors.New("no such exec session")

// sessionFile is the plan's file in the session's directory.
const sessionFile = "session.json"

// store gives the session an ID and makes its directory, which is locked as long
// as this process lives, or until Discard; see abandoned.
func (s *Session) store() error {
	all, err := openSessions(s.dir)
	if err != nil {
		return err
	}
	defer func() { _ = all.Close() }()
	if err := s.mkdir(); err != nil {
		return err
	}
	s.setGroup()
	data, err := json.Marshal(s.plan)
	if err == nil {
		err = sys.WriteFile(filepath.Join(s.path(), sessionFile), data) // the environment may hold secrets: mode 0600
	}
	if err == nil {
		s.lock, err = os.Open(s.path())
	}
	if err == nil {
		err = sys.Lock(s.lock, true)
	}
	if err != nil {
		return errors.Join(err, s.Discard())
	}
	return nil
}

// mkdir makes a directory with an ID that no other session of the container has.
func (s *Session) mkdir() error {
	for {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails
		s.ID = hex.EncodeToString(b[:])
		err := os.Mkdir(s.path(), 0o700)
		if !errors.Is(err, os.ErrExist) {
			return err
		}
	}
}

// setGroup tells where the session's cgroup is, if its runtime knows of such.
func (s *Session) setGroup() {
	if Runtime(s.dir, s.Record).Subgroups() {
		s.group = group{path: filepath.Join(cgroupRoot, s.plan.Cgroup, execWord+s.ID)}
	}
}

// checkSession reports whether id is a session's ID.
func checkSession(id string) error {
	if b, err := hex.DecodeString(id); err != nil || len(b) != 4 {
		return fmt.Errorf("exec session %q: its ID has 8 hexadecimal digits", id)
	}
	return nil
}

// OpenSession reads the session id of the container of d. The error wraps
// ErrNoSession if it, or the container, has gone.
func OpenSession(d Dir, id string) (*Session, error) {
	if err := checkSession(id); err != nil {
		return nil, err
	}
	s := &Session{ID: id, dir: d}
	path := filepath.Join(s.path(), sessionFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is missing", ErrNoSession, path)
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &s.plan); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if s.Record, err = ReadRecord(d); err != nil {
		return nil, err
	}
	if s.plan.Version != recordVersion || s.plan.Process == nil || s.plan.Container != s.Record.ID {
		return nil, fmt.Errorf("%w: %s is not of this container", ErrNoSession, path)
	}
	s.setGroup()
	return s, nil
}
