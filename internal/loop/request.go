package loop

// Requests on the control socket, one packet each, and the first byte of every
// answer. The protocol is described in docs/PROTOCOLS.md.
const (
	// AnswerOK and AnswerError begin an answer that is no output.
	AnswerOK    = 'K'
	AnswerError = 'E'
	// Notice begins a text for people: why a connection ends.
	Notice = 'N'
	// PacketStdout and PacketStderr begin a packet of output, as in
	// conmon's attach protocol.
	PacketStdout = 2
	PacketStderr = 3
	// PacketData is the most output that one packet carries, in bytes.
	PacketData = 8192
	// InputMax is the most input that one packet may carry, in bytes.
	InputMax = 64 << 10
)

// request is a request in its parts.
type request struct {
	verb         uint8
	types        bool // stdin: what the client sends goes to the container
	lines, bytes int  // of the last output to begin with
	rows, cols   int
}

// The verbs.
const (
	verbUnknown = iota
	verbFollow  // output, which is held back for this client
	verbAttach  // output; a client that does not read is dropped
	verbDrain
	verbResize
	verbReopen
	verbConsole // + the terminal's master
	verbStdin   // + the write end of the container's stdin
)

// parseRequest takes a request apart. What it does not understand has
// verbUnknown.
func parseRequest(b []byte) request {
	r := request{}
	word, rest := nextWord(b)
	switch string(word) {
	case "follow":
		r.verb = verbFollow
	case "attach":
		r.verb = verbAttach
	case "drain":
		r.verb = verbDrain
	case "resize":
		r.verb = verbResize
	case "reopen":
		r.verb = verbReopen
	case "console":
		r.verb = verbConsole
	case "stdin":
		r.verb = verbStdin
	}
	ok := true
	switch r.verb {
	case verbFollow, verbAttach:
		ok = r.options(rest)
	case verbResize:
		ok = r.size(rest)
	default:
		ok = len(rest) == 0
	}
	if !ok || len(b) > 0 && b[len(b)-1] == ' ' {
		return request{}
	}
	return r
}

// options reads the words after follow and attach.
func (r *request) options(b []byte) bool {
	for len(b) > 0 {
		var word []byte
		word, b = nextWord(b)
		ok := true
		switch {
		case string(word) == "stdin":
			r.types = true
		case hasPrefix(word, "lines="):
			r.lines, ok = number(word[len("lines="):], ReplaySize)
		case hasPrefix(word, "bytes="):
			r.bytes, ok = number(word[len("bytes="):], ReplaySize)
		default:
			ok = false
		}
		if !ok {
			return false
		}
	}
	return true
}

// size reads the two numbers after resize.
func (r *request) size(b []byte) bool {
	rows, rest := nextWord(b)
	cols, none := nextWord(rest)
	var ok1, ok2 bool
	r.rows, ok1 = number(rows, 1<<16-1)
	r.cols, ok2 = number(cols, 1<<16-1)
	return ok1 && ok2 && len(none) == 0
}

// nextWord is b up to the first space, and what follows that.
func nextWord(b []byte) (word, rest []byte) {
	for i := range b {
		if b[i] == ' ' {
			return b[:i], b[i+1:]
		}
	}
	return b, nil
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

// number reads a decimal number; one above limit counts as limit.
func number(b []byte, limit int) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+int(c-'0'), limit)
	}
	return n, len(b) > 0
}
