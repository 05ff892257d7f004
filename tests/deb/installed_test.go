package deb

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// programPath is a program of ours in a file.
var programPath = regexp.MustCompile(`/[\w/.-]*/(?:unitmon-relay|unitmon-generator|bin/unitmon|libexec/unitmon/conmon)\b`)

// testPlaces: no file has a place that "make install" should have put in, and
// programs are where the files say.
func testPlaces(t *testing.T) {
	for _, path := range files(t) {
		if strings.HasSuffix(path, ".gz") || strings.Contains(path, "/doc/") || strings.Contains(path, "completion") {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if strings.HasPrefix(string(data), "\x7fELF") {
			continue
		}
		for _, place := range []string{"@BINDIR@", "@LIBEXECDIR@", "@DATADIR@", "/usr/local/libexec"} {
			if strings.Contains(string(data), place) {
				t.Errorf("%s has %s", path, place)
			}
		}
		for _, program := range programPath.FindAllString(string(data), -1) {
			if strings.HasPrefix(program, "/usr/") && !executable(program) {
				t.Errorf("%s has %s, which is no program", path, program)
			}
		}
	}
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// testUnits: the manager loads the templates from where the package has them.
func testUnits(t *testing.T) {
	for unit, program := range map[string]string{
		"unitmon@x.service":       "/usr/bin/unitmon ",
		"unitmon-relay@x.service": "/usr/libexec/unitmon/unitmon-relay ",
		"unitmon-relay@x.socket":  "",
		"unitmon.slice":           "",
	} {
		text := kit.OK(t, "systemctl", "cat", unit)
		if !strings.Contains(text, "# /lib/systemd/system/unitmon") && !strings.Contains(text, "# /usr/lib/systemd/system/unitmon") {
			t.Errorf("systemctl cat %s: %s", unit, text)
		}
		if !strings.Contains(text, program) {
			t.Errorf("%s does not call %s: %s", unit, program, text)
		}
		if state := kit.Property(t, unit, "LoadState"); state != "loaded" {
			t.Errorf("%s is %s", unit, state)
		}
	}
	if state := kit.Run(t, "systemctl", "is-enabled", "unitmon@x.service").Stdout; state != "disabled\n" {
		t.Errorf("unitmon@x.service is %s", state)
	}
}

// testGenerator: a container directory is a unit after daemon-reload.
func testGenerator(t *testing.T) {
	write(t, "/etc/unitmon/web/container.conf", "[Unit]\nDescription=Web by package\n\n[Container]\nExec=sleep 1000\n")
	kit.OK(t, "systemctl", "daemon-reload")
	if got := kit.Property(t, "unitmon@web.service", "Description"); got != "Web by package" {
		t.Errorf("Description=%s of unitmon@web.service: %s", got, kit.Run(t, "systemctl", "cat", "unitmon@web.service").Stdout)
	}
	link, err := os.Readlink("/usr/lib/systemd/user-generators/unitmon-generator")
	if err != nil || link != "../system-generators/unitmon-generator" {
		t.Errorf("the user manager's generator: %q, %v", link, err)
	}
}

// testPages: man(1) finds a page for each command, and groff has nothing to
// say about any.
func testPages(t *testing.T) {
	var pages []string
	for _, path := range files(t) {
		if strings.HasPrefix(path, "/usr/share/man/") {
			pages = append(pages, path)
		}
	}
	for _, name := range []string{"unitmon", "unitmon-run", "unitmon-relay", "unitmon-conmon", "unitmon.conf"} {
		path := strings.TrimSpace(kit.OK(t, "man", "--where", name))
		if !slices.Contains(pages, path) {
			t.Errorf("man finds %s for %s", path, name)
		}
	}
	for _, path := range pages {
		r := kit.Run(t, "env", "LC_ALL=C.UTF-8", "MANROFFSEQ=", "man", "--warnings", "--local-file", path)
		if r.Code != 0 || r.Stderr != "" {
			t.Errorf("%s: exit code %d, %s", path, r.Code, r.Stderr)
		}
		if !strings.Contains(r.Stdout, "NAME") || !strings.Contains(r.Stdout, "SEE ALSO") {
			t.Errorf("%s: %s", path, r.Stdout)
		}
		if strings.Contains(r.Stdout, "DIR@") || strings.Contains(r.Stdout, "@VERSION@") || strings.Contains(r.Stdout, "@DATE@") {
			t.Errorf("%s has places that nobody filled in", path)
		}
		if !strings.Contains(r.Stdout, "unitmon "+older) {
			t.Errorf("%s does not tell the version", path)
		}
	}
}

// testCompletion: bash takes the file, and what it defines asks unitmon.
func testCompletion(t *testing.T) {
	const file = "/usr/share/bash-completion/completions/unitmon"
	out := kit.OK(t, "bash", "-c", "source "+file+" && complete -p unitmon")
	if !strings.Contains(out, "unitmon") {
		t.Errorf("complete -p unitmon: %s", out)
	}
	if out := kit.OK(t, "unitmon", "__complete", "ru"); !strings.HasPrefix(out, "run") {
		t.Errorf("unitmon __complete ru: %s", out)
	}
	for _, path := range []string{"/usr/share/zsh/vendor-completions/_unitmon", "/usr/share/fish/vendor_completions.d/unitmon.fish"} {
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
}
