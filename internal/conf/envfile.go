package conf

import (
	"errors"
	"fmt"
	"strings"
)

// ParseEnvFile reads the text of a file for EnvironmentFile=: NAME=VALUE lines,
// the value perhaps in quotes; empty lines and those that begin with # or ; are
// comments. systemd.exec(5) allows values over several lines in quotes, which
// this does not: such a line is an error.
func ParseEnvFile(path string, text []byte) ([]string, error) {
	var list []string
	p := problems{path: path}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		kv, err := envLine(line)
		if err != nil {
			if p.fail(number, "%v", err); p.full() {
				break
			}
			continue
		}
		list = append(list, kv)
	}
	return list, p.err()
}

func envLine(line string) (string, error) {
	key, value, ok := strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok || key == "" || strings.ContainsAny(line, "\x00") {
		return "", errors.New("it is not NAME=VALUE") // which may be secret
	}
	if value == "" || value[0] != '"' && value[0] != '\'' {
		return key + "=" + value, nil
	}
	words, err := Words(value)
	if err == nil && len(words) != 1 {
		err = errors.New("there is text after the quotes")
	}
	if err != nil {
		return "", fmt.Errorf("%s=: %w", cut(key), err)
	}
	return key + "=" + words[0], nil
}

// ReadEnvFiles reads the files of EnvironmentFile=, in their order.
func (c *Container) ReadEnvFiles() ([]string, error) {
	var list []string
	for _, f := range c.EnvFiles {
		text, err := readFile(f.Path)
		if f.Optional && isMissing(err) {
			continue
		}
		if err != nil {
			return nil, c.Wrong("EnvironmentFile", err)
		}
		kvs, err := ParseEnvFile(f.Path, text)
		if err != nil {
			return nil, err
		}
		list = append(list, kvs...)
	}
	return list, nil
}
