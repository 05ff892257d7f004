package oci

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

const (
	configName = "config.json"
	configMax  = 4 << 20 // bytes; the largest configurations seen are below 100 kB
)

// readBundle reads dir/config.json and makes it independent of dir: the root's
// path and the sources of bind mounts become absolute. Without terminal, a
// bundle that wants one is refused: nobody would take its master.
func readBundle(dir string, terminal bool) (*Bundle, string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, "", fmt.Errorf("bundle %s: %w", dir, err)
	}
	if err := isDir(dir); err != nil {
		return nil, "", fmt.Errorf("bundle %w", err)
	}
	path := filepath.Join(dir, configName)
	data, err := readFile(path, configMax)
	if err != nil {
		return nil, "", err
	}
	b, err := parseConfig(data)
	if err == nil {
		err = b.anchor(dir)
	}
	if err == nil && b.Spec.Process.Terminal && !terminal {
		err = errors.New("process.terminal: it is true: give the container a terminal (--tty)")
	}
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	return b, b.Spec.Root.Path, nil
}

// parseConfig decodes and checks a configuration. Fields that the
// specification's types of v1.3.0 do not have are kept, except inside the
// elements of arrays (a mount, a hook, a namespace), where they are lost.
func parseConfig(data []byte) (*Bundle, error) {
	s := new(specs.Spec)
	if err := json.Unmarshal(data, s); err != nil {
		return nil, explain(data, err)
	}
	if err := checkConfig(s); err != nil {
		return nil, err
	}
	unknown, err := unknownFields(data, s)
	if err != nil {
		return nil, err
	}
	if s.Linux == nil {
		s.Linux = new(specs.Linux)
	}
	return &Bundle{Spec: s, unknown: unknown}, nil
}

// checkConfig refuses what a runtime would refuse later, and less clearly.
func checkConfig(s *specs.Spec) error {
	switch {
	case s.Version == "":
		return errors.New("ociVersion: missing")
	case !strings.HasPrefix(s.Version, "1."):
		return fmt.Errorf("ociVersion: %s is not supported, only 1.x is", s.Version)
	case s.Process == nil:
		return errors.New("process: missing")
	case len(s.Process.Args) == 0:
		return errors.New("process.args: missing or empty")
	case s.Process.Cwd == "":
		return errors.New("process.cwd: missing")
	case !filepath.IsAbs(s.Process.Cwd):
		return fmt.Errorf("process.cwd: %s is not an absolute path", s.Process.Cwd)
	case s.Root == nil || s.Root.Path == "":
		return errors.New("root.path: missing")
	}
	for i, m := range s.Mounts {
		if m.Destination == "" {
			return fmt.Errorf("mounts[%d].destination: missing", i)
		}
	}
	return nil
}

// anchor makes the relative paths of a bundle in dir absolute, as the runtime
// would (it resolves them against the bundle).
func (b *Bundle) anchor(dir string) error {
	s := b.Spec
	if !filepath.IsAbs(s.Root.Path) {
		s.Root.Path = filepath.Join(dir, s.Root.Path)
	}
	if err := isDir(s.Root.Path); err != nil {
		return fmt.Errorf("root.path: %w", err)
	}
	for i := range s.Mounts {
		m := &s.Mounts[i]
		if isBind(m) && m.Source != "" && !filepath.IsAbs(m.Source) {
			m.Source = filepath.Join(dir, m.Source)
		}
	}
	return nil
}

func isBind(m *specs.Mount) bool {
	return m.Type == "bind" || slices.Contains(m.Options, "bind") || slices.Contains(m.Options, "rbind")
}

// explain puts a JSON error in the words of JSON, with the place of it.
func explain(data []byte, err error) error {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line, col := position(data, syntax.Offset)
		return fmt.Errorf("%d:%d: %w", line, col, err)
	case errors.As(err, &wrong) && wrong.Field == "":
		return fmt.Errorf("expected object, found %s", wrong.Value)
	case errors.As(err, &wrong):
		return fmt.Errorf("%s: expected %s, found %s", wrong.Field, jsonType(wrong.Type), wrong.Value)
	}
	return err
}

// position is the line and column, counted from 1 in bytes, of the byte that a
// decoder stopped at after reading offset bytes.
func position(data []byte, offset int64) (line, col int) {
	if offset > 0 {
		offset--
	}
	before := data[:min(offset, int64(len(data)))]
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}

// jsonType is JSON's name for what decodes into t.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return jsonType(t.Elem())
	case reflect.Slice, reflect.Array:
		return "array of " + jsonType(t.Elem()) + "s"
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "string"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "unsigned number"
	}
	return "number"
}
