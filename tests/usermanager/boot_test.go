package usermanager

import (
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestFirst comes first in the package (by the name of its file): nobody has woken the user's bus yet,
// so that the manager is not on it, and its private socket has to do. There
// are no references to units there.
func TestFirst(t *testing.T) {
	u := alice(t)
	got := u.Unitmon(t, "run", run("first", "echo hi; exit 7")...)
	if want := (kit.Result{Stdout: "hi\n", Code: 7}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	u.NothingLeft(t, "first")
}
