package unitfile

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestVerify: systemd-analyze has nothing to say about the templates.
func TestVerify(t *testing.T) {
	configure(t, "plain", "[Container]\nExec=true\n")
	for _, args := range [][]string{
		{"systemd-analyze", "verify", "--man=no", "unitmon@plain.service", "unitmon-relay@plain.service", "unitmon-relay@plain.socket", "unitmon.slice"},
		kit.LookupUser(t, "ann").As("systemd-analyze", "--user", "verify", "--man=no", "unitmon@plain.service", "unitmon-relay@plain.service", "unitmon-relay@plain.socket"),
	} {
		r := kit.Run(t, args...)
		if r.Code != 0 || strings.Contains(r.Stdout+r.Stderr, "unitmon") {
			t.Errorf("%v: %d\n%s%s", args, r.Code, r.Stdout, r.Stderr)
		}
	}
}

// TestSecurity: the relay's exposure.
func TestSecurity(t *testing.T) {
	configure(t, "plain", "[Container]\nExec=true\n")
	out := kit.OK(t, "systemd-analyze", "security", "--no-pager", "unitmon-relay@plain.service")
	found := regexp.MustCompile(`Overall exposure level for unitmon-relay@plain.service: ([0-9.]+)`).FindStringSubmatch(out)
	if found == nil {
		t.Fatal(out)
	}
	if level, err := strconv.ParseFloat(found[1], 64); err != nil || level > 2.0 {
		t.Errorf("exposure %s\n%s", found[1], out)
	}
}
