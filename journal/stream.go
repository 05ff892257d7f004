package journal

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// DefaultStreamSocket is where journald takes streams.
const DefaultStreamSocket = "/run/systemd/journal/stdout"

// StreamOptions says how journald files the lines of a stream. The zero value
// is an anonymous stream of priority 0, "emerg".
type StreamOptions struct {
	// Identifier is the SYSLOG_IDENTIFIER of every line; may be empty.
	Identifier string
	// UnitID asks for the lines to be filed under a unit; may be empty. It
	// counts if the caller is root and the writer's own cgroup is not known,
	// because it is gone when journald reads the line (seen with 252).
	UnitID string
	// Priority is the syslog level of every line, 0 to 7.
	Priority int
	// LevelPrefix lets a line change its priority by a prefix such as "<3>".
	// Leave it off for lines of strangers, who could forge priorities.
	LevelPrefix bool
	// Path is the socket; "" means DefaultStreamSocket.
	Path string
}

// OpenStream connects a stream whose every line becomes an entry, and returns
// it as a blocking, write-only file to be passed on as standard output. The
// caller owns it. It blocks while journald has many connections to accept.
//
// journald splits lines at 48 KiB, and attributes each piece to the process
// that wrote it. See sd_journal_stream_fd(3).
func OpenStream(o StreamOptions) (*os.File, error) {
	header, err := o.Header()
	if err != nil {
		return nil, err
	}
	path := o.Path
	if path == "" {
		path = DefaultStreamSocket
	}
	f, err := sys.ConnectWriteStream(path)
	if err != nil {
		return nil, fmt.Errorf("journal stream: %w", err)
	}
	if _, err := f.WriteString(header); err != nil {
		f.Close()
		return nil, fmt.Errorf("journal stream: %w", err)
	}
	return f, nil
}

// Header returns the seven lines that precede the text: identifier, unit,
// priority, level prefix, and whether to forward to syslog, kmsg and console,
// which is the administrator's choice and not ours.
func (o *StreamOptions) Header() (string, error) {
	for _, v := range []string{o.Identifier, o.UnitID} {
		if strings.ContainsAny(v, "\n\x00") {
			return "", fmt.Errorf("journal stream: newline or NUL in %q", v)
		}
	}
	if o.Priority < 0 || o.Priority > 7 {
		return "", fmt.Errorf("journal stream: priority %d is not in 0 to 7", o.Priority)
	}
	prefix := "0"
	if o.LevelPrefix {
		prefix = "1"
	}
	return strings.Join([]string{
		o.Identifier, o.UnitID, strconv.Itoa(o.Priority), prefix, "0", "0", "0", "",
	}, "\n"), nil
}
