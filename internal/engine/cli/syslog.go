package cli

import (
	"time"

	"github.com/unitmon/unitmon/internal/sys"
)

// syslog sends what syslog(3) sends, in glibc's format of a datagram:
// "<PRI>Mmm dd hh:mm:ss IDENT: text", PRI being 8 times the facility plus the
// severity, and the time that of the local zone.
//
// Unlike syslog(3) it never waits: a line for which there is no receiver, or
// no room, is dropped. A journald that hangs must not stop a monitor.
type syslog struct {
	path     string
	ident    string
	id       string // of the container, cut as conmon cuts it
	datagram *sys.Datagram
	now      func() time.Time
}

const (
	syslogPath = "/dev/log"
	idLength   = 20 // bytes

	// <syslog.h>: LOG_USER | LOG_ERR and LOG_USER | LOG_INFO.
	userErr  = "<11>"
	userInfo = "<14>"

	// maxDatagram bounds a message. journald reads no more (SNDBUF_SIZE and
	// LINE_MAX differ by version; the default of LineMax= is 48 KiB).
	maxDatagram = 32 << 10
)

func newSyslog(ident, id string) *syslog {
	return &syslog{path: syslogPath, ident: ident, id: id[:min(len(id), idLength)], now: time.Now}
}

// send says one line; kind is the name of conmon's macro for it. A nil syslog
// drops it.
func (s *syslog) send(kind, text string) {
	if s == nil || s.open() != nil {
		return
	}
	priority := userInfo
	if kind == "error" {
		priority = userErr
	}
	line := priority + s.now().Format(time.Stamp) + " " + s.ident + ": conmon " + s.id + " <" + kind + ">: " + text
	_ = s.datagram.Send([]byte(line[:min(len(line), maxDatagram)])) // see above
}

func (s *syslog) open() error {
	if s.datagram != nil {
		return nil
	}
	d, err := sys.OpenDatagram(s.path)
	if err != nil {
		return err
	}
	s.datagram = d
	return nil
}

func (s *syslog) close() error {
	if s == nil || s.datagram == nil {
		return nil
	}
	d := s.datagram
	s.datagram = nil
	return d.Close()
}
