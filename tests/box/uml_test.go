package box

import (
	"strings"
	"testing"
)

// TestRunGuest_Refused: what a guest cannot do is said at the door, before
// anything is started.
func TestRunGuest_Refused(t *testing.T) {
	program := []string{"true"}
	for _, tt := range []struct {
		options GuestOptions
		cmd     Cmd
		want    string
	}{
		{GuestOptions{}, Cmd{}, "no program"},
		{GuestOptions{Name: "a b"}, Cmd{Args: program}, `name "a b"`},
		{GuestOptions{Memory: 255}, Cmd{Args: program}, "memory 255 MiB"},
		{GuestOptions{Memory: -1}, Cmd{Args: program}, "memory -1 MiB"},
		{GuestOptions{}, Cmd{Args: program, User: "alice"}, `user "alice"`},
		{GuestOptions{}, Cmd{Args: program, Stdin: strings.NewReader("x")}, "standard input"},
	} {
		_, err := RunGuest(t.Context(), tt.options, tt.cmd)
		if err == nil || !strings.HasPrefix(err.Error(), "guest: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v %+v: %v, want %q", tt.options, tt.cmd, err, tt.want)
		}
	}
}

func TestGuest_Spec(t *testing.T) {
	s, err := prepareGuest(GuestOptions{}, Cmd{Args: []string{"true"}, Dir: "/"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "guest" || s.Memory != defaultGuestMemory || s.Stage == "" || s.Entry.Dir != "/" {
		t.Errorf("got %+v", s)
	}
}
