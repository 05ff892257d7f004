package logfile

import "bytes"

// K8sLen is the exact length of a k8s-file record with n bytes of text.
func K8sLen(n int) int { return criHead + n + 1 }

// K8s writes one k8s-file record into dst and returns its length, K8sLen of
// the text, or 0 if dst is too small. stream is 0 for stdout, 1 for stderr. The
// text has no newline; partial says that none follows it.
func K8s(dst []byte, s *Stamp, stream int, text []byte, partial bool) int {
	n := K8sLen(len(text))
	if n > len(dst) {
		return 0
	}
	head := s.headOf(stream)
	if partial {
		head[atFlag] = 'P'
	}
	if len(dst) >= len(head) { // a copy of a constant length is three moves
		*(*k8sHead)(dst) = head
	} else {
		copy(dst, head[:criHead])
	}
	copy(dst[criHead:], text)
	dst[n-1] = '\n'
	return n
}

// K8sLines writes the records of the whole lines at the head of text, each as K8s
// does, and returns how long they are together and how much of text they took. It
// stops before what is left to K8s: a line that is longer than longest bytes, has
// no newline, or for which dst has hardly room.
func K8sLines(dst []byte, s *Stamp, stream int, text []byte, longest int) (n, used int) {
	head := s.headOf(stream)
	for {
		rest, room := text[used:], dst[n:]
		size := bytes.IndexByte(rest[:min(len(rest), longest+1)], '\n') + 1
		if size == 0 || len(room) < len(head)+size {
			return n, used
		}
		*(*k8sHead)(room) = head
		copy(room[criHead:], rest[:size])
		n += criHead + size
		used += size
	}
}

// headOf is what a full line's record begins with.
func (s *Stamp) headOf(stream int) k8sHead {
	head := s.head
	if stream != 0 {
		head[atStream], head[atStream+1], head[atStream+2] = 'e', 'r', 'r'
	}
	return head
}
