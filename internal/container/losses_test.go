package container

import "testing"

func TestParseLosses(t *testing.T) {
	const running = "moving the output of container web"
	for status, want := range map[string]Losses{
		"":      {},
		running: {},
		running + "; lines lost by the journal: 7": {Lines: 7},
		running + "; the journal takes nothing: no room; lines lost by the journal: 7; lines lost by the k8s-file log: 2; clients dropped: 3": {9, 3},
		running + "; the k8s-file log takes nothing: error 99":                                                                                {},
		"12 lines, 340 bytes stored; journald had no room 5 times; 2 clients dropped; 11 lines lost":                                          {11, 2},
		"0 lines, 0 bytes stored; journald had no room 0 times; 0 clients dropped; 0 lines lost":                                              {},
		"lines lost by the journal: -1; x lines lost; lines lost: ":                                                                           {},
	} {
		if got := ParseLosses(status); got != want {
			t.Errorf("%q: %+v, want %+v", status, got, want)
		}
	}
}

// FuzzParseLosses: no text of a relay, which anybody may have written, is a
// loss unless it says so.
func FuzzParseLosses(f *testing.F) {
	f.Add("lines lost by the journal: 18446744073709551615; clients dropped: 1")
	f.Add("; ; 3 lines lost; lines lost by the : 4")
	f.Fuzz(func(t *testing.T, s string) {
		if l := ParseLosses(s); l != ParseLosses("x; "+s) {
			t.Errorf("%q: %+v depends on what stands before", s, l)
		}
	})
}
