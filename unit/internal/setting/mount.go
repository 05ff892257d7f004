package setting

import (
	"fmt"
	"strings"
)

// Mount flags of mount(2).
const (
	msRec     = 0x4000
	msPrivate = 1 << 18
	msSlave   = 1 << 19
	msShared  = 1 << 20
)

// bindPaths reads words of the form [-]SOURCE[:DESTINATION[:OPTION]].
func bindPaths(value string) ([]Bind, error) {
	list, err := words(value, unquote)
	out := []Bind{}
	for _, w := range list {
		w, missing := strings.CutPrefix(w, "-")
		part := strings.SplitN(w, ":", 3)
		b := Bind{Source: part[0], Destination: part[0], IgnoreMissing: missing, Flags: msRec}
		if len(part) > 1 {
			b.Destination = part[1]
		}
		if len(part) > 2 {
			switch part[2] {
			case "rbind", "":
			case "norbind":
				b.Flags = 0
			default:
				return nil, fmt.Errorf("unknown option %q", part[2])
			}
		}
		out = append(out, b)
	}
	return out, err
}

// directories reads names below a directory, with symbolic links as NAME:LINK.
func directories(key, value string) ([]Assignment, error) {
	list, err := words(value, unquote)
	if err != nil {
		return nil, err
	}
	names, links := []string{}, []Triple{}
	for _, w := range list {
		name, link, ok := strings.Cut(w, ":")
		names = append(names, name)
		if ok {
			links = append(links, Triple{name, link, 0})
		}
	}
	out := []Assignment{{key, names}}
	if len(links) > 0 {
		out = append(out, Assignment{key + "Symlink", links})
	}
	return out, nil
}

// mountFlags reads a propagation type.
func mountFlags(value string) (uint64, error) {
	switch value {
	case "":
		return 0, nil
	case "shared":
		return msShared, nil
	case "slave":
		return msSlave, nil
	case "private":
		return msPrivate, nil
	}
	return 0, fmt.Errorf("%q is no mount propagation", value)
}
