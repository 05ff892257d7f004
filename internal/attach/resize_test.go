package attach

import (
	"strings"
	"testing"
)

// TestResizer: one connection for all sizes; a relay that has gone is asked
// again.
func TestResizer(t *testing.T) {
	r := newRelay(t)
	z := NewResizer(r.path)
	done := make(chan struct{})
	go func() {
		defer close(done)
		k := r.accept("resize 24 80", "K")
		k.expect("resize 0 0")
		k.send("K")
		k.close()
		k = r.accept("resize 50 132", "K")
		if rest := k.rest(); len(rest) > 0 {
			t.Errorf("after Close: %q", rest)
		}
	}()
	for _, size := range [][2]int{{24, 80}, {0, 0}, {50, 132}} {
		if err := z.Resize(t.Context(), size[0], size[1]); err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		if err := z.Close(); err != nil {
			t.Error(err)
		}
	}
	<-done
}

func TestResizer_Refused(t *testing.T) {
	r := newRelay(t)
	go r.accept("resize 1 2", "Eno terminal")
	err := NewResizer(r.path).Resize(t.Context(), 1, 2)
	if err == nil || !strings.HasSuffix(err.Error(), `the relay refused "resize 1 2": no terminal`) {
		t.Error(err)
	}
}
