package journal

// Names of fields, from systemd.journal-fields(7) and, those that begin with
// CONTAINER, from conmon and Docker's journald log driver.
const (
	// Message is the text of the entry.
	Message = "MESSAGE"
	// MessageID is a 128-bit identifier of the kind of message, 32
	// lower-case hexadecimal digits.
	MessageID = "MESSAGE_ID"
	// Priority is the syslog level, "0" (emerg) to "7" (debug).
	Priority = "PRIORITY"
	// SyslogIdentifier is the name that journalctl shows before the message
	// and matches with -t.
	SyslogIdentifier = "SYSLOG_IDENTIFIER"
	// ObjectSystemdUnit names the system unit that an entry is about.
	// journalctl -u shows such entries, if the sender is root.
	ObjectSystemdUnit = "OBJECT_SYSTEMD_UNIT"
	// UserUnit names the user unit that an entry is about, for senders that
	// are not root: journalctl --user -u of the same user shows it.
	UserUnit = "USER_UNIT"
	// ContainerID is the first 12 characters of the container's ID.
	ContainerID = "CONTAINER_ID"
	// ContainerIDFull is the container's whole ID.
	ContainerIDFull = "CONTAINER_ID_FULL"
	// ContainerName is the container's name.
	ContainerName = "CONTAINER_NAME"
	// ContainerTag is the log tag that the user gave the container.
	ContainerTag = "CONTAINER_TAG"
	// ContainerPartialMessage is "true" if the line goes on in the next
	// entry.
	ContainerPartialMessage = "CONTAINER_PARTIAL_MESSAGE"
)

// Limits of journald (journal-importer.h, journald-native.h of systemd 257).
// It drops what is beyond them without an error to the sender.
const (
	// MaxFieldName is the longest field name, in bytes.
	MaxFieldName = 64
	// MaxFields is the number of fields in one entry. Entry does not count
	// them.
	MaxFields = 1024
	// MaxEntry is the size of an encoded entry in bytes: what a journald of
	// systemd 257 takes from a sender that is not root. Root, and everybody
	// in older versions, could send more.
	MaxEntry = 32 << 20
)

// validName reports whether a client may send a field of this name: upper
// case, digits and underscores. A first digit is never valid. Names that
// begin with an underscore are journald's own, trusted ones: it drops them
// from clients, and they are valid only in entries read back.
func validName(name string, trusted bool) bool {
	if name == "" || len(name) > MaxFieldName || isDigit(name[0]) || name[0] == '_' && !trusted {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'A' || c > 'Z') && !isDigit(c) && c != '_' {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
