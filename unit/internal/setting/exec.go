package setting

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// specialExec handles the execution environment, systemd.exec(5).
func specialExec(types Types, key, value string) ([]Assignment, error) {
	switch key {
	case "EnvironmentFile":
		return known(types, "EnvironmentFiles", environmentFile(value))
	case "StandardInputText", "StandardInputData":
		if types["StandardInputData"] == "" {
			return nil, nil
		}
		v, err := inputData(key, value)
		return one("StandardInputData", v, err)
	}
	if types[key] == "" {
		return nil, nil
	}
	switch key {
	case "Environment", "UnsetEnvironment", "PassEnvironment":
		v, err := environment(key, value)
		return one(key, v, err)
	case "LogExtraFields":
		v, err := extraField(value)
		return one(key, v, err)
	case "StandardInput", "StandardOutput", "StandardError":
		return standard(key, value)
	case "CapabilityBoundingSet", "AmbientCapabilities":
		v, err := capabilities(value)
		return one(key, v, err)
	case "RestrictNamespaces":
		v, err := namespaces(value)
		return one(key, v, err)
	case "SELinuxContext":
		return one(key, value, nil)
	}
	return specialMount(key, value)
}

// specialMount handles what concerns files.
func specialMount(key, value string) ([]Assignment, error) {
	switch key {
	case "BindPaths", "BindReadOnlyPaths":
		v, err := bindPaths(value)
		return one(key, v, err)
	case "RuntimeDirectory", "StateDirectory", "CacheDirectory", "LogsDirectory":
		return directories(key, value)
	case "MountFlags":
		v, err := mountFlags(value)
		return one(key, v, err)
	case "SetCredential":
		v, err := credential(value)
		return one(key, v, err)
	}
	return nil, nil
}

// known is one assignment, if the manager has the property.
func known(types Types, name string, value any) ([]Assignment, error) {
	if types[name] == "" {
		return nil, nil
	}
	return one(name, value, nil)
}

// execCommand reads a command line with its prefixes; those that plain
// ExecStart has no room for go to its …Ex twin.
func execCommand(key, value string) ([]Assignment, error) {
	if value == "" {
		return one(key, []Exec{}, nil)
	}
	rest, flags, argv0, err := execPrefixes(value)
	if err != nil {
		return nil, err
	}
	args, err := words(rest, unquote|unescape)
	if err != nil {
		return nil, err
	}
	if len(args) == 0 || args[0] == "" || (argv0 && len(args) < 2) {
		return nil, errors.New("no command")
	}
	path := args[0]
	if !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("command %q is not an absolute path", path)
	}
	if argv0 {
		args = args[1:]
	}
	if len(flags) == 0 || (len(flags) == 1 && flags[0] == ignoreFailure) {
		return one(strings.TrimSuffix(key, "Ex"), []Exec{{path, args, len(flags) == 1}}, nil)
	}
	return one(strings.TrimSuffix(key, "Ex")+"Ex", []ExecEx{{path, args, flags}}, nil)
}

const ignoreFailure = "ignore-failure"

// execPrefixes reads "@", "-", ":", "+", "!" and "!!" (systemd.service(5)) and
// returns them as the manager's words; argv0 says that "@" was there.
func execPrefixes(s string) (rest string, flags []string, argv0 bool, err error) {
	for ; s != ""; s = s[1:] {
		var flag string
		switch {
		case s[0] == '@' && !argv0:
			argv0 = true
			continue
		case s[0] == '-':
			flag = ignoreFailure
		case s[0] == ':':
			flag = "no-env-expand"
		case s[0] == '+':
			flag = "privileged"
		case strings.HasPrefix(s, "!!"):
			flag, s = "ambient", s[1:]
		case s[0] == '!':
			flag = "no-setuid"
		default:
			return s, flags, argv0, nil
		}
		if slices.Contains(flags, flag) {
			return "", nil, false, fmt.Errorf("prefix for %s given twice", flag)
		}
		flags = append(flags, flag)
	}
	return s, flags, argv0, nil
}

// standard reads "fd:NAME", "file:PATH", "append:PATH", "truncate:PATH" or a
// plain word.
func standard(key, value string) ([]Assignment, error) {
	how, what, ok := strings.Cut(value, ":")
	if ok {
		switch how {
		case "fd":
			return one(key+"FileDescriptorName", what, nil)
		case "file":
			return one(key+"File", what, nil)
		case "append":
			return one(key+"FileToAppend", what, nil)
		case "truncate":
			return one(key+"FileToTruncate", what, nil)
		}
	}
	return one(key, value, nil)
}

func inputData(key, value string) ([]byte, error) {
	if key == "StandardInputText" {
		s, err := cUnescape(value)
		return []byte(s + "\n"), err
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), ""))
}

func environmentFile(value string) []MarkedAfter {
	if value == "" {
		return []MarkedAfter{}
	}
	path, optional := strings.CutPrefix(value, "-")
	return []MarkedAfter{{path, optional}}
}

// environment reads quoted words and checks that they name variables.
func environment(key, value string) ([]string, error) {
	list, err := words(value, unquote|unescape)
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		name, _, assigned := strings.Cut(w, "=")
		if !variableName(name) {
			return nil, fmt.Errorf("%q is no variable name", name)
		}
		if key == "Environment" && !assigned {
			return nil, fmt.Errorf("%q is no NAME=VALUE", w)
		}
	}
	return list, nil
}

func variableName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || (c|0x20 >= 'a' && c|0x20 <= 'z')
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// extraField reads one journal field: upper case, digits, "_", no "_" first.
func extraField(value string) ([][]byte, error) {
	if value == "" {
		return [][]byte{}, nil
	}
	name, _, ok := strings.Cut(value, "=")
	if !ok || !variableName(name) || name[0] == '_' || strings.ToUpper(name) != name || len(name) > 64 {
		return nil, fmt.Errorf("%q is no journal field", name)
	}
	return [][]byte{[]byte(value)}, nil
}

func credential(value string) ([]Credential, error) {
	if value == "" {
		return []Credential{}, nil
	}
	id, data, ok := strings.Cut(value, ":")
	if !ok || id == "" {
		return nil, errors.New("not NAME:DATA")
	}
	data, err := cUnescape(data)
	return []Credential{{id, []byte(data)}}, err
}
