package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListenPID(t *testing.T) {
	const monitor = 1234
	tests := []struct {
		environ []string
		replace bool
		want    bool
		err     string
	}{
		{nil, true, false, ""},
		{[]string{"LISTEN_FDS=1", "XLISTEN_PID=x", "LISTEN_PIDX=x"}, true, false, ""},
		{[]string{"LISTEN_PID=1234"}, false, true, ""},
		{[]string{"LISTEN_PID=1235"}, false, false, ""},
		{[]string{"LISTEN_PID=1235"}, true, true, ""},
		{[]string{"LISTEN_PID= +1234junk"}, false, true, ""},
		{[]string{"LISTEN_PID=5", "LISTEN_PID=1234"}, false, false, ""}, // getenv(3) takes the first
		{[]string{"LISTEN_PID="}, false, false, "Invalid LISTEN_PID  Success"},
		{[]string{"LISTEN_PID=0"}, true, false, "Invalid LISTEN_PID 0 Success"},
		{[]string{"LISTEN_PID=nobody at all"}, false, false, "Invalid LISTEN_PID nobody at  Success"},
		{[]string{"LISTEN_PID=-1234567890123"}, true, false, "Invalid LISTEN_PID -123456789 Success"},
		{[]string{"LISTEN_PID=99999999999999999999"}, true, false, "Invalid LISTEN_PID 9999999999 Numerical result out of range"},
		{[]string{"LISTEN_PID=-99999999999999999999"}, true, false, "Invalid LISTEN_PID -999999999 Numerical result out of range"},
	}
	for _, tt := range tests {
		got, err := ListenPID(tt.environ, monitor, tt.replace)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != tt.want || text != tt.err {
			t.Errorf("%q, replace %v: %v, %q, want %v, %q", tt.environ, tt.replace, got, text, tt.want, tt.err)
		}
	}
}

func TestWithListenPID(t *testing.T) {
	environ := []string{"A=1", "LISTEN_PID=5", "LISTEN_FDS=2", "LISTEN_PID=6"}
	got := WithListenPID(environ, 77)
	if diff := cmp.Diff([]string{"A=1", "LISTEN_FDS=2", "LISTEN_PID=77"}, got); diff != "" {
		t.Error(diff)
	}
	if environ[1] != "LISTEN_PID=5" || environ[3] != "LISTEN_PID=6" {
		t.Errorf("the original was changed: %q", environ)
	}
}
