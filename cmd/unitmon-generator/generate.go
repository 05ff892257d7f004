package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/conf"
)

// generator makes the units of one manager.
type generator struct {
	root    string // where the containers' directories are
	out     string // where the units go
	machine string
	uid     int // -1: the system's manager
	manager conf.Manager
}

func newGenerator(out string, user bool) (*generator, error) {
	g := &generator{root: "/etc/unitmon", out: out, uid: -1, manager: conf.Manager{Home: "/root", Runtime: "/run"}}
	var err error
	if user {
		g.uid = os.Getuid()
		if g.root, err = os.UserConfigDir(); err != nil {
			return nil, err
		}
		g.root = filepath.Join(g.root, "unitmon")
		g.manager = conf.Manager{Home: os.Getenv("HOME"), Runtime: os.Getenv("XDG_RUNTIME_DIR")}
	}
	if g.machine, err = conf.MachineID(); err != nil {
		return nil, err
	}
	return g, nil
}

// run makes the units of all containers and returns what is wrong with which.
func (g *generator) run() []error {
	list, err := os.ReadDir(g.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, e := range list {
		dir := filepath.Join(g.root, e.Name())
		if e.Name()[0] != '.' && isDir(dir, e) {
			errs = append(errs, g.container(dir))
		}
	}
	return compact(errs)
}

// isDir reports whether an entry is a directory or a link to one.
func isDir(path string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir()
	}
	fi, err := os.Stat(path)
	return err == nil && fi.IsDir()
}

// compact drops the nil errors.
func compact(list []error) []error {
	var errs []error
	for _, err := range list {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// container makes the units of one container. One with errors is enabled all the
// same, with what could be read, and says at its start what is wrong.
func (g *generator) container(dir string) error {
	if err := conf.CheckInstance(filepath.Base(dir)); err != nil {
		return &conf.Error{Path: dir, Text: err.Error()}
	}
	c, err := conf.Load(dir, g.manager)
	if c == nil {
		return err
	}
	d := c.DropIns(conf.ID(g.machine, g.uid, c.Name), g.uid >= 0)
	return errors.Join(err,
		g.write("unitmon@"+c.Name+".service.d", d.Service),
		g.write("unitmon-relay@"+c.Name+".service.d", d.Relay),
		g.install(c, ".wants", c.WantedBy()),
		g.install(c, ".requires", c.RequiredBy()))
}

// write makes one drop-in.
func (g *generator) write(dir, text string) error {
	dir = filepath.Join(g.out, dir)
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.WriteFile(filepath.Join(dir, conf.DropInName), []byte(text), 0o644)
}

// install makes links to the container's unit in the directories of others.
func (g *generator) install(c *conf.Container, kind string, units []string) error {
	unit := "unitmon@" + c.Name + ".service"
	var errs []error
	for _, u := range units {
		dir := filepath.Join(g.out, u+kind)
		err := os.MkdirAll(dir, 0o755)
		if err == nil {
			err = os.Symlink(g.template(), filepath.Join(dir, unit))
		}
		if errors.Is(err, fs.ErrExist) {
			err = nil // named twice
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// template is where the template is installed, systemd.unit(5). The manager
// takes the link's own name; what it points to is for people.
func (g *generator) template() string {
	kind := "system"
	if g.uid >= 0 {
		kind = "user"
	}
	for _, dir := range []string{"/etc/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"} {
		path := filepath.Join(dir, kind, "unitmon@.service")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return filepath.Join("/usr/lib/systemd", kind, "unitmon@.service")
}
