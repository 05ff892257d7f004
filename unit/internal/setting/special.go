package setting

import (
	"fmt"
	"strings"
)

// special handles settings whose property has another name or another type
// than the type rules would give it.
func special(types Types, key, value string) ([]Assignment, error) {
	for _, rule := range []rule{specialPrefix, specialService, specialResource, specialExec} {
		if as, err := rule(types, key, value); as != nil || err != nil {
			return as, err
		}
	}
	return nil, nil
}

// specialPrefix handles the families of settings that share a prefix.
func specialPrefix(types Types, key, value string) ([]Assignment, error) {
	switch {
	case strings.HasPrefix(key, "Condition") && types["Conditions"] != "":
		return condition("Conditions", key, value), nil
	case strings.HasPrefix(key, "Assert") && types["Asserts"] != "":
		return condition("Asserts", key, value), nil
	case strings.HasPrefix(key, "Listen") && types["Listen"] != "" && types[key] == "":
		return listen(strings.TrimPrefix(key, "Listen"), value)
	case strings.HasPrefix(key, "Exec") && strings.HasPrefix(types[key], "a(sas"):
		return execCommand(key, value)
	case strings.HasPrefix(key, "Limit") && types[key+"Soft"] != "":
		return limit(key, value)
	}
	return nil, nil
}

// specialService handles settings that stand for several properties.
func specialService(types Types, key, value string) ([]Assignment, error) {
	switch {
	case key == "TimeoutSec" && types["TimeoutStartUSec"] != "":
		v, err := ParseSpan(value)
		if err != nil {
			return nil, err
		}
		return []Assignment{{"TimeoutStartUSec", v}, {"TimeoutStopUSec", v}}, nil
	case key == "TimerSlackNSec" && types[key] != "":
		v, err := parseNanoseconds(value)
		return one(key, v, err)
	case key == "Delegate" && types[key] != "":
		return delegate(value)
	}
	return nil, nil
}

// specialResource handles resource control.
func specialResource(types Types, key, value string) ([]Assignment, error) {
	switch {
	case key == "CPUQuota" && types["CPUQuotaPerSecUSec"] != "":
		v, err := parseQuota(value)
		return one("CPUQuotaPerSecUSec", v, err)
	case types[key] == "":
		return nil, nil
	case takesPercent(key) && strings.HasSuffix(value, "%"):
		v, err := parseScale(value)
		return one(key+"Scale", v, err)
	case key == "ManagedOOMMemoryPressureLimit":
		v, err := parseScale(value)
		return one(key, v, err)
	case strings.HasSuffix(key, "CPUWeight") && value == "idle":
		return one(key, uint64(0), nil)
	}
	return nil, nil
}

// takesPercent reports whether a setting has a …Scale property beside it.
func takesPercent(key string) bool {
	return key == "TasksMax" || strings.HasPrefix(key, "Memory") || strings.HasPrefix(key, "DefaultMemory") ||
		strings.HasPrefix(key, "StartupMemory")
}

// delegate reads a truth value or a list of controllers.
func delegate(value string) ([]Assignment, error) {
	if b, err := parseBool(value); err == nil {
		return one("Delegate", b, nil)
	}
	v, err := words(value, unquote)
	return one("DelegateControllers", v, err)
}

// listen reads the address of a socket unit.
func listen(typ, value string) ([]Assignment, error) {
	if value == "" {
		return one("Listen", []Pair{}, nil)
	}
	return one("Listen", []Pair{{typ, value}}, nil)
}

// condition reads the "|" and "!" of systemd.unit(5), CONDITIONS AND ASSERTS.
func condition(property, key, value string) []Assignment {
	if value == "" {
		return []Assignment{{property, []Condition{}}}
	}
	value, trigger := strings.CutPrefix(value, "|")
	value, negate := strings.CutPrefix(value, "!")
	return []Assignment{{property, []Condition{{key, trigger, negate, value}}}}
}

// limit reads "SOFT:HARD" or one value for both; see setrlimit(2).
func limit(key, value string) ([]Assignment, error) {
	soft, hard, two := strings.Cut(value, ":")
	if !two {
		hard = soft
	}
	s, err := parseLimit(key, soft)
	if err != nil {
		return nil, err
	}
	h, err := parseLimit(key, hard)
	if err != nil {
		return nil, err
	}
	if s > h {
		return nil, fmt.Errorf("soft limit %s above the hard limit %s", soft, hard)
	}
	return []Assignment{{key, h}, {key + "Soft", s}}, nil
}
