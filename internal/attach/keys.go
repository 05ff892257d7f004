package attach

import (
	"bytes"
	"fmt"
	"strings"
)

// DefaultKeys are the detach keys of docker(1) and podman(1).
const DefaultKeys = "ctrl-p,ctrl-q"

// MaxKeys is how many detach keys there are at most.
const MaxKeys = 16

// control are the keys that make the bytes 0 to 31 together with ctrl.
const control = "@abcdefghijklmnopqrstuvwxyz[\\]^_"

// ParseKeys reads detach keys as docker(1) and podman-attach(1) write them:
// separated by commas, each one ASCII character or "ctrl-" and one of a-z @ [ \ ]
// ^ _. It returns the bytes that a terminal in raw mode gives for them; the empty
// string is no keys at all.
func ParseKeys(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	names := strings.Split(s, ",")
	if len(names) > MaxKeys {
		return nil, fmt.Errorf("detach keys %q: %d keys, at most %d are possible", s, len(names), MaxKeys)
	}
	keys := make([]byte, 0, len(names))
	for _, name := range names {
		b, ok := key(name)
		if !ok {
			return nil, fmt.Errorf("detach keys %q: %q is neither a character nor ctrl- and one of a-z @ [ \\ ] ^ _", s, name)
		}
		keys = append(keys, b)
	}
	return keys, nil
}

// key is the byte of one key.
func key(name string) (byte, bool) {
	if c, ok := strings.CutPrefix(name, "ctrl-"); ok && len(c) == 1 {
		i := strings.Index(control, c)
		return byte(i), i >= 0
	}
	if len(name) != 1 || name[0] >= 0x80 {
		return 0, false
	}
	return name[0], true
}

// Detector finds the detach keys in what is typed, wherever reads cut it.
type Detector struct {
	keys []byte
	held int // how many of the keys were typed last
}

// NewDetector makes a Detector; empty keys are never found.
func NewDetector(keys []byte) *Detector { return &Detector{keys: keys} }

// Filter appends to dst what the container gets of p, and reports whether the
// keys were found; what follows them is left out. Bytes that may begin the keys
// are held back until it is clear that they do not.
func (d *Detector) Filter(dst, p []byte) (out []byte, found bool) {
	if len(d.keys) == 0 {
		return append(dst, p...), false
	}
	for _, b := range p {
		dst = d.next(dst, b)
		if d.held == len(d.keys) {
			d.held = 0
			return dst, true
		}
	}
	return dst, false
}

// next takes one byte. What was held begins with the keys; of it and the byte
// the longest end that does so is held on, and the rest given on.
func (d *Detector) next(dst []byte, b byte) []byte {
	for n := d.held; ; n-- {
		// The last n bytes held, then b: do they begin the keys?
		tail := d.keys[d.held-n : d.held]
		if bytes.HasPrefix(d.keys, tail) && d.keys[n] == b {
			dst = append(dst, d.keys[:d.held-n]...)
			d.held = n + 1
			return dst
		}
		if n == 0 {
			dst = append(append(dst, d.keys[:d.held]...), b)
			d.held = 0
			return dst
		}
	}
}

// Held is what is held back: the end of input gives it on.
func (d *Detector) Held() []byte { return d.keys[:d.held] }
