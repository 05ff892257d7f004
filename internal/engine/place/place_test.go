package place

import (
	"strings"
	"testing"
)

func TestFind_None(t *testing.T) {
	for _, text := range []string{"", "\n", "garbage", "4:pids:/x\n", "0:\n", "0::relative\n", "1:name=systemd:\n"} {
		if p, err := find(text, ""); err == nil {
			t.Errorf("%q: %+v", text, p)
		}
	}
}

// FuzzFind: whatever the kernel might write, what is found are parts of it.
func FuzzFind(f *testing.F) {
	for _, s := range situations() {
		f.Add(in(s.cgroup), in(s.init))
	}
	f.Add("0::///a//.service/x.service\n", "0::/\n")
	f.Add("0::/system.slice/web.service (deleted)\n", "")
	f.Fuzz(func(t *testing.T, text, init string) {
		p, err := find(text, init)
		if err != nil {
			return
		}
		if p.Hidden && p.Unit != "" {
			t.Errorf("%+v", p)
		}
		if !strings.Contains(text, p.Cgroup) || !strings.Contains(p.Cgroup, p.Unit) || !strings.Contains(p.Cgroup, p.Below) {
			t.Errorf("%q: %+v", text, p)
		}
		if strings.Contains(p.Unit, "/") || p.Unit != "" && !isUnit(p.Unit) {
			t.Errorf("unit %q", p.Unit)
		}
		Decide(Auto, p, Facts{ID: container})
	})
}

func TestScopeName(t *testing.T) {
	for id, want := range map[string]string{
		"abc0":                   "unitmon-conmon-abc0.scope",
		"a_b-c:d.e":              "unitmon-conmon-a_b-c:d.e.scope",
		"a/b@c d%":               `unitmon-conmon-a\x2fb\x40c\x20d\x25.scope`,
		"é":                      `unitmon-conmon-\xc3\xa9.scope`,
		strings.Repeat("x", 234): "unitmon-conmon-" + strings.Repeat("x", 234) + ".scope",
		strings.Repeat("x", 235): "",
		"":                       "",
	} {
		got, err := ScopeName(id)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", id, got, err)
		}
	}
}

func TestMapped(t *testing.T) {
	const podman = "         0       1001          1\n         1     165536      65536\n"
	for _, c := range []struct {
		text string
		uid  uint32
		want uint32
		ok   bool
	}{
		{"         0          0 4294967295\n", 0, 0, true},
		{"         0          0 4294967295\n", 1000, 1000, true},
		{podman, 0, 1001, true},
		{podman, 1, 165536, true},
		{podman, 65536, 231071, true},
		{podman, 65537, 0, false},
		{"", 0, 0, false},
		{"0 0\n", 0, 0, false},
		{"0 x 1\n", 0, 0, false},
	} {
		if got, ok := mapped(c.text, c.uid); got != c.want || ok != c.ok {
			t.Errorf("%d in %q: %d, %v", c.uid, c.text, got, ok)
		}
	}
}

// TestManagerOf: who is not root in the end has a manager of their own,
// whatever XDG_RUNTIME_DIR is.
func TestManagerOf(t *testing.T) {
	uid := realUID()
	for _, dir := range []string{"", "relative", "/run/user/77"} {
		m := ManagerOf(func(string) string { return dir })
		if m.User != (uid != 0) || m.Bus == "" || m.Private == "" {
			t.Errorf("uid %d: %+v", uid, m)
		}
		if m.User == strings.HasPrefix(m.Bus, "/run/dbus") {
			t.Errorf("uid %d: %+v", uid, m)
		}
	}
	if got := (Manager{}).Reachable(); got {
		t.Error("no manager is reachable")
	}
}

func TestStatus(t *testing.T) {
	for want, s := range map[string]Status{
		"conmon of container web (0123456789ab)":                                                {Name: "web", ID: "0123456789abcdef"},
		"conmon of container web (0123)":                                                        {Name: "web", ID: "0123"},
		"conmon of container 0123456789ab: creating":                                            {ID: "0123456789abcdef", State: "creating"},
		"conmon of container web (0123456789ab): running, pid 77, log journald, 3 records lost": {Name: "web", ID: "0123456789abcdef", State: "running", PID: 77, LogDriver: "journald", Lost: 3},
		"conmon of container a?b?c (1)":                                                         {Name: "a\nb\xffc", ID: "1"},
	} {
		if got := s.String(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	long := Status{Name: strings.Repeat("ä", 600), ID: "1"}.String()
	if len(long) > maxDescription || len(long) < maxDescription-1 || !strings.HasSuffix(long, "ä") {
		t.Errorf("%d bytes: %q", len(long), long)
	}
}
