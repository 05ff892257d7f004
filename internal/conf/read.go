package conf

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The files of a container's directory.
const (
	FileName   = "container.conf"
	BundleName = "config.json"
)

// fileMax is how large a container.conf may be.
const fileMax = 4 << 20

// Manager is what specifiers stand for.
type Manager struct {
	Home    string // %h; empty: not known
	Runtime string // %t, /run or $XDG_RUNTIME_DIR; empty: not known
}

// Load reads the directory of a container, whose name is its last element. With
// errors it still returns what could be read, so that a generator can enable the
// unit, which then says at its start what is wrong; nil if the directory is none
// of a container.
func Load(dir string, m Manager) (*Container, error) {
	path := filepath.Join(dir, FileName)
	bundle := filepath.Join(dir, BundleName)
	text, err := readFile(path)
	if isMissing(err) {
		if _, err := os.Stat(bundle); err != nil {
			return nil, &Error{dir, 0, fmt.Sprintf("it has neither a %s nor a %s", FileName, BundleName)}
		}
		return &Container{Name: filepath.Base(dir), Path: bundle, Bundle: dir, about: m}, nil
	}
	if err != nil {
		return &Container{Name: filepath.Base(dir), Path: path, about: m}, err
	}
	c, err := Read(path, text, m)
	if _, e := os.Stat(bundle); e == nil && c.Bundle == "" && c.Rootfs == "" {
		c.Bundle = dir
	}
	return c, errors.Join(err, c.check())
}

// readFile reads a file of at most fileMax bytes. A FIFO or device in its place
// does not hold up the reader, who may be the manager's generator.
func readFile(path string) ([]byte, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, &Error{path, 0, "it is not a regular file"}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, fileMax+1))
	if err == nil && len(text) > fileMax {
		err = &Error{path, 0, fmt.Sprintf("it is larger than %d bytes", fileMax)}
	}
	return text, err
}

// Read reads the text of a container.conf at path, without looking at any file.
// The container's name is that of path's directory. Errors are joined *Error,
// errorsMax of each kind at most; what could be read is returned with them.
func Read(path string, text []byte, m Manager) (*Container, error) {
	c := &Container{Name: filepath.Base(filepath.Dir(path)), Path: path, lines: map[string]int{}, about: m}
	entries, err := Parse(path, text)
	p := problems{path: path}
	for _, e := range entries {
		if err := c.take(e); err != nil {
			p.fail(e.Line, "%v", err)
		}
		if p.full() {
			break
		}
	}
	return c, errors.Join(err, p.err())
}

// take puts one assignment where it belongs.
func (c *Container) take(e Entry) error {
	if strings.HasPrefix(e.Section, "X-") || strings.HasPrefix(e.Key, "X-") {
		return nil
	}
	why, set := "", func() error { c.pass = append(c.pass, e); return nil }
	switch e.Section {
	case sectionContainer:
		why, set = refused[e.Key], func() error { return c.set(e) }
	case sectionService:
		why = serviceRefusal(e.Key, e.Value)
	case sectionUnit:
	case sectionInstall:
		why, set = refusedInstall[e.Key], func() error { return c.install(e) }
	default:
		return fmt.Errorf("section [%s] is none of [Container], [Unit], [Service], [Install]", cut(e.Section))
	}
	if why != "" {
		return fmt.Errorf("%s= is not possible here: %s", e.Key, why)
	}
	return set()
}

// set takes an assignment of [Container].
func (c *Container) set(e Entry) error {
	f, ok := keys[e.Key]
	if !ok {
		return fmt.Errorf("%s=: [Container] has no such key%s", cut(e.Key), hint(e.Key))
	}
	c.lines[e.Key] = e.Line
	if err := f(c, e.Value); err != nil {
		return fmt.Errorf("%s=: %w", e.Key, err)
	}
	return nil
}

// install takes an assignment of [Install].
func (c *Container) install(e Entry) error {
	to := &c.wantedBy
	switch e.Key {
	case "WantedBy":
	case "RequiredBy":
		to = &c.requiredBy
	default:
		return fmt.Errorf("%s=: [Install] has no such key: WantedBy= or RequiredBy=", cut(e.Key))
	}
	text, err := c.expand(e.Value)
	if err != nil {
		return fmt.Errorf("%s=: %w", e.Key, err)
	}
	units := strings.Fields(text)
	for _, u := range units {
		if !validUnit(u) {
			return fmt.Errorf("%s=: %s is no unit", e.Key, shorten(u))
		}
	}
	*to = append(*to, units...)
	if len(units) == 0 {
		*to = nil
	}
	return nil
}

// unitTypes are the suffixes of units' names, systemd.unit(5).
const unitTypes = " service socket device mount automount swap target path timer slice scope "

// validUnit reports whether a text is a unit's name, which may become part of a
// path.
func validUnit(name string) bool {
	const allowed = `:-.\@`
	dot := strings.LastIndexByte(name, '.')
	return dot > 0 && name[0] != '.' && len(name) <= 255 && strings.IndexFunc(name, func(r rune) bool {
		return !isWord(r) && !strings.ContainsRune(allowed, r)
	}) < 0 && strings.Contains(unitTypes, " "+name[dot+1:]+" ")
}

// check refuses what does not go together.
func (c *Container) check() error {
	switch {
	case c.Bundle != "" && c.Rootfs != "":
		return c.Wrong("Rootfs", errors.New("it excludes Bundle="))
	case c.Bundle == "" && len(c.Args) == 0:
		return &Error{c.Path, c.lines["Exec"], "there is no command: Exec=, or a bundle"}
	case c.Group != "" && c.User == "":
		return c.Wrong("Group", errors.New("it needs User="))
	}
	return nil
}

const hintNone = ": unitmon.conf(5) lists them"

// hint names the key that was probably meant.
func hint(key string) string {
	best, most := "", len(key)/2
	if len(key) > textMax {
		return hintNone
	}
	for _, k := range slices.Sorted(slices.Values(Keys())) {
		if d := distance(strings.ToLower(key), strings.ToLower(k)); d <= most {
			best, most = k, d-1
		}
	}
	if best == "" {
		return hintNone
	}
	return ": is " + best + "= meant?"
}

// distance is how many letters have to be put in, taken out or changed to make
// b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
