package socketact

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func self() process {
	return process{7, func() (uint64, bool, error) { return 99, true, nil }}
}

func TestEnvironment_Parse(t *testing.T) {
	tests := []struct {
		env  environment
		want []string
		bad  bool
	}{
		{environment{}, nil, false},
		{environment{fds: "1"}, nil, false}, // for nobody in particular
		{environment{pid: "7"}, nil, false},
		{environment{pid: "8", fds: "x"}, nil, false}, // not ours to judge
		{environment{pid: "7", fds: "0"}, []string{}, false},
		{environment{pid: "7", fds: "2"}, []string{UnknownName, UnknownName}, false},
		{environment{pid: "7", fds: "2", names: "a:b"}, []string{"a", "b"}, false},
		{environment{pid: "7", fds: "3", names: "a:a:"}, []string{"a", "a", ""}, false},
		{environment{pid: "7", fds: "1", names: "a", pidfdID: "99"}, []string{"a"}, false},
		{environment{pid: "7", fds: "1", names: "a", pidfdID: "98"}, nil, false},
		{environment{pid: "7", fds: "1", names: "a", pidfdID: "x"}, nil, true},
		{environment{pid: "7", fds: "2", names: "a"}, nil, true},
		{environment{pid: "7", fds: "1", names: "a:b"}, nil, true},
		{environment{pid: "7", fds: "-1"}, nil, true},
		{environment{pid: "7", fds: "x"}, nil, true},
		{environment{pid: "7", fds: "1048577"}, nil, true},
		{environment{pid: "0", fds: "1"}, nil, true},
		{environment{pid: "x", fds: "1"}, nil, true},
		{environment{pid: "4294967303", fds: "1"}, nil, true}, // 7 in 32 bits
	}
	for _, tt := range tests {
		got, err := tt.env.parse(self())
		if !slices.Equal(got, tt.want) || errors.Is(err, ErrEnviron) != tt.bad {
			t.Errorf("%+v: %q, %v", tt.env, got, err)
		}
	}
}

func TestEnvironment_PidfdID(t *testing.T) {
	env := environment{pid: "7", fds: "1", pidfdID: "99"}
	old := process{7, func() (uint64, bool, error) { return 1, false, nil }}
	if got, err := env.parse(old); len(got) != 1 || err != nil {
		t.Errorf("kernel without pidfs: %q, %v", got, err)
	}
	boom := errors.New("boom")
	broken := process{7, func() (uint64, bool, error) { return 0, false, boom }}
	if got, err := env.parse(broken); got != nil || !errors.Is(err, boom) {
		t.Errorf("failing pidfd: %q, %v", got, err)
	}
}

func FuzzEnvironment_Parse(f *testing.F) {
	f.Add("2", "7", "", "a:b")
	f.Add("1", "7", "99", "")
	f.Add("1048576", "7", "", "")
	f.Add("-1", "+7", "0x63", "::")
	f.Fuzz(func(t *testing.T, fds, pid, pidfdID, names string) {
		env := environment{fds: fds, pid: pid, pidfdID: pidfdID, names: names}
		got, err := env.parse(self())
		if err != nil && got != nil || len(got) > maxFDs {
			t.Fatalf("%d names, %v", len(got), err)
		}
		if len(got) > 0 && names != "" && strings.Join(got, ":") != names {
			t.Fatalf("%q became %q", names, got)
		}
	})
}

func TestCleanEnviron(t *testing.T) {
	in := []string{"A=1", "LISTEN_FDS=1", "LISTEN_PID=1", "LISTEN_PIDFDID=1", "LISTEN_FDNAMES=a", "LISTEN_FDS_X=kept"}
	want := []string{"A=1", "LISTEN_FDS_X=kept"}
	if got := CleanEnviron(in); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
