package notify

import (
	"fmt"
	"os"
)

// Store puts a copy of the file into the unit's fd store (systemd 219), from
// which the next process of the service gets it under this name; see
// socketact. The file stays the caller's.
//
// With poll the manager drops the file when it hangs up or is in error. Pass
// false (systemd 246) for pipes, terminals and pidfds, which hang up just
// when the peer has ended and the last data or the exit status is still to be
// read; and Remove it when done.
//
// Names are not unique in the store: storing another file under a name adds
// it. Beyond FileDescriptorStoreMax= the manager drops the file with no
// error to the sender. Barrier tells when it is stored.
func (s *Socket) Store(name string, poll bool, file *os.File) error {
	if !validFDName(name) {
		return fmt.Errorf("%w: descriptor name %.300q", ErrMessage, name)
	}
	states := []string{"FDSTORE=1", "FDNAME=" + name}
	if !poll {
		states = append(states, "FDPOLL=0")
	}
	return s.SendFiles(states, file)
}

// Remove closes every file of this name in the unit's fd store (systemd 236).
func (s *Socket) Remove(name string) error {
	if !validFDName(name) {
		return fmt.Errorf("%w: descriptor name %.300q", ErrMessage, name)
	}
	return s.Send("FDSTOREREMOVE=1", "FDNAME="+name)
}

// validFDName is the rule of systemd's fdname_is_valid: 1 to 255 characters
// of ASCII, none a control character or a colon, which divides the names in
// $LISTEN_FDNAMES. A manager would store the file as "stored" instead.
func validFDName(name string) bool {
	if len(name) < 1 || len(name) > 255 {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c < ' ' || c >= 127 || c == ':' {
			return false
		}
	}
	return true
}
