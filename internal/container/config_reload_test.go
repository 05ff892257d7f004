package container

import "testing"

func TestWithin(t *testing.T) {
	list := []string{"/run/unitmon/web", "-/var/log/a b", "-+/srv"}
	for dir, want := range map[string]bool{
		"/var/log/a b": true, "/var/log/a b/c": true, "/srv/x": true, "/srv": true,
		"/var/log": false, "/var/log/a": false, "/srvx": false, "/": false,
	} {
		if got := within(dir, list); got != want {
			t.Errorf("%s: %t", dir, got)
		}
	}
	if within("/srv", nil) {
		t.Error("nothing is writable")
	}
}
