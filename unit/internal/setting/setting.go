package setting

import (
	"errors"
	"fmt"
	"strings"
)

// Types are the D-Bus signatures of a kind of unit's properties, by name, as
// the manager tells them.
type Types map[string]string

// Assignment is one property. Value is a Go value that has the D-Bus type the
// manager takes, which is not always that of Types.
type Assignment struct {
	Name  string
	Value any
}

// ErrUnsupported: a value of this type cannot be written on one line here.
var ErrUnsupported = errors.New("cannot be set by KEY=VALUE")

// errUnknown: no such property.
var errUnknown = errors.New("unknown")

// Parse converts key=value. The error names the property and the reason. A
// value that Parse accepts may still be refused by the manager.
func Parse(types Types, key, value string) ([]Assignment, error) {
	if strings.ContainsAny(value, "\x00\n") && key != "StandardInputText" {
		return nil, fmt.Errorf("property %s: value has a line break or a NUL", key)
	}
	for _, rule := range []rule{special, byAlias, byType} {
		as, err := rule(types, key, value)
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", key, err)
		}
		if as != nil {
			return as, nil
		}
	}
	return nil, fmt.Errorf("property %s: %w", key, errUnknown)
}

// rule converts an assignment, or returns nil if it is not for it.
type rule func(types Types, key, value string) ([]Assignment, error)

// one is an assignment of one property, or the error.
func one(name string, value any, err error) ([]Assignment, error) {
	if err != nil {
		return nil, err
	}
	return []Assignment{{name, value}}, nil
}

// byAlias handles settings whose property has another name: times, which are
// called …USec on the bus.
func byAlias(types Types, key, value string) ([]Assignment, error) {
	base, ok := strings.CutSuffix(key, "Sec")
	if !ok || types[key] != "" {
		return nil, nil
	}
	name := base + "USec"
	switch types[name] {
	case "t":
		v, err := ParseSpan(value)
		return one(name, v, err)
	case "a(st)":
		v, err := parseAmounts(value, ParseSpan)
		return one(name, v, err)
	}
	return nil, nil
}

// byType reads a value as its type says.
func byType(types Types, key, value string) ([]Assignment, error) {
	sig, ok := types[key]
	if !ok {
		return nil, nil
	}
	v, err := parseType(sig, key, value)
	return one(key, v, err)
}

func parseType(sig, key, value string) (any, error) {
	switch sig {
	case "s":
		return value, nil
	case "b":
		return parseBool(value)
	case "i":
		return parseInt32(key, value)
	case "u":
		return parseUint32(key, value)
	case "t":
		return parseSize(value, 1024)
	case "n", "q", "x", "y":
		return parseNarrow(sig, value)
	}
	return parseContainer(sig, key, value)
}

// parseContainer reads the types that hold others.
func parseContainer(sig, key, value string) (any, error) {
	switch sig {
	case "as":
		return words(value, unquote)
	case "ay":
		return parseSet(key, value)
	case "(bs)":
		rest, ignore := strings.CutPrefix(value, "-")
		return Marked{ignore, rest}, nil
	case "(bas)":
		return parseList(value)
	case "a(ss)":
		return parsePairs(key, value)
	case "a(st)":
		return parseAmounts(value, func(s string) (uint64, error) { return parseSize(s, 1000) })
	case "(aiai)":
		return parseExitStatuses(value)
	case "a(iayu)":
		return parseAddresses(value)
	case "a(sst)":
		return parseTriples(value)
	}
	return nil, fmt.Errorf("%w: type %s", ErrUnsupported, sig)
}
