package setting

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// parseList reads words, all denied if the first begins with "~".
func parseList(value string) (List, error) {
	value, deny := strings.CutPrefix(value, "~")
	items, err := words(value, unquote)
	return List{!deny, items}, err
}

// maxSet bounds the bits of a CPU or NUMA set.
const maxSet = 8192

// parseSet reads a set of numbers and ranges ("0-3,8") as bits, lowest first.
func parseSet(key, value string) ([]byte, error) {
	if !strings.Contains(key, "CPU") && !strings.Contains(key, "MemoryNodes") && key != "NUMAMask" {
		return nil, fmt.Errorf("%w: bytes", ErrUnsupported)
	}
	set := []byte{}
	for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		lo, hi, ranged := strings.Cut(part, "-")
		if !ranged {
			hi = lo
		}
		a, err1 := strconv.Atoi(lo)
		b, err2 := strconv.Atoi(hi)
		if err := errors.Join(err1, err2); err != nil || a < 0 || a > b || b >= maxSet {
			return nil, fmt.Errorf("%q is no range below %d", part, maxSet)
		}
		for len(set) <= b/8 {
			set = append(set, 0)
		}
		for n := a; n <= b; n++ {
			set[n/8] |= 1 << (n % 8)
		}
	}
	return set, nil
}

// parsePairs reads one pair, divided as the setting divides it; "" is none.
func parsePairs(key, value string) (any, error) {
	switch {
	case key == "TemporaryFileSystem":
		return temporaryFileSystems(value)
	case value == "":
		return []Pair{}, nil
	case key == "DeviceAllow":
		path, access, _ := strings.Cut(value, " ")
		return []Pair{{path, strings.TrimSpace(access)}}, nil
	case key == "BPFProgram":
		kind, path, ok := strings.Cut(value, ":")
		if !ok {
			return nil, errors.New("not TYPE:PATH")
		}
		return []Pair{{kind, path}}, nil
	case key == "LoadCredential" || key == "LoadCredentialEncrypted":
		id, path, ok := strings.Cut(value, ":")
		if !ok {
			path = id
		}
		return []Pair{{id, path}}, nil
	}
	return nil, fmt.Errorf("%w: pairs", ErrUnsupported)
}

func temporaryFileSystems(value string) ([]Pair, error) {
	list, err := words(value, unquote)
	pairs := []Pair{}
	for _, w := range list {
		path, options, _ := strings.Cut(w, ":")
		pairs = append(pairs, Pair{path, options})
	}
	return pairs, err
}

// parseAmounts reads "PATH NUMBER"; "" is none.
func parseAmounts(value string, number func(string) (uint64, error)) ([]Amount, error) {
	if value == "" {
		return []Amount{}, nil
	}
	path, n, ok := strings.Cut(value, " ")
	if !ok {
		return nil, errors.New("not PATH and a number")
	}
	v, err := number(strings.TrimSpace(n))
	return []Amount{{path, v}}, err
}

// parseTriples reads OpenFile=PATH[:NAME[:OPTION,…]]; "" is none.
func parseTriples(value string) ([]Triple, error) {
	if value == "" {
		return []Triple{}, nil
	}
	part := append(strings.SplitN(value, ":", 3), "", "")
	var flags uint64
	for _, o := range strings.FieldsFunc(part[2], func(r rune) bool { return r == ',' }) {
		bit := bitOf(o, "read-only append truncate graceful")
		if bit == 0 {
			return nil, fmt.Errorf("unknown option %q", o)
		}
		flags |= bit
	}
	return []Triple{{part[0], part[1], flags}}, nil
}

// parseExitStatuses reads exit codes, by number or name, and signal names.
func parseExitStatuses(value string) (ExitStatuses, error) {
	list, err := words(value, unquote)
	out := ExitStatuses{Codes: []int32{}, Signals: []int32{}}
	for _, w := range list {
		n, nerr := strconv.ParseUint(w, 10, 8)
		if nerr == nil {
			out.Codes = append(out.Codes, int32(n))
			continue
		}
		if code, ok := exitName(w); ok {
			out.Codes = append(out.Codes, code)
			continue
		}
		sig, ok := sys.ParseSignal(w)
		if !ok {
			return out, fmt.Errorf("%q is neither an exit status nor a signal", w)
		}
		out.Signals = append(out.Signals, int32(sig))
	}
	return out, err
}

// The address families as numbers; see address_families(7).
const (
	afInet  = 2
	afInet6 = 10
)

// parseAddresses reads addresses with or without a prefix length and the words
// of systemd.resource-control(5).
func parseAddresses(value string) ([]Prefix, error) {
	list, err := words(value, unquote)
	out := []Prefix{}
	for _, w := range list {
		for _, s := range strings.Fields(addressWord(w)) {
			p, err := parsePrefix(s)
			if err != nil {
				return nil, err
			}
			out = append(out, p)
		}
	}
	return out, err
}

func addressWord(s string) string {
	switch s {
	case "any":
		return "0.0.0.0/0 ::/0"
	case "localhost":
		return "127.0.0.0/8 ::1/128"
	case "link-local":
		return "169.254.0.0/16 fe80::/64"
	case "multicast":
		return "224.0.0.0/4 ff00::/8"
	}
	return s
}

func parsePrefix(s string) (Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, aerr := netip.ParseAddr(s)
		if aerr != nil || a.Zone() != "" {
			return Prefix{}, fmt.Errorf("%q is no address or prefix", s)
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	family := int32(afInet6)
	if p.Addr().Is4() {
		family = afInet
	}
	return Prefix{family, p.Addr().AsSlice(), uint32(p.Bits())}, nil
}
