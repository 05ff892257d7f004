package logfile

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
	if len(dst) >= len(s.head) { // a copy of a constant length is three moves
		*(*[len(s.head)]byte)(dst) = s.head
	} else {
		copy(dst, s.head[:criHead])
	}
	if stream != 0 {
		dst[atStream], dst[atStream+1], dst[atStream+2] = 'e', 'r', 'r'
	}
	if partial {
		dst[atFlag] = 'P'
	}
	copy(dst[criHead:], text)
	dst[n-1] = '\n'
	return n
}
