package logfile

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

const criFormat = "2006-01-02T15:04:05.000000000-07:00"

// TestStamp_Time compares the texts with package time's.
func TestStamp_Time(t *testing.T) {
	secs := []int64{0, -1, 951782399, 951782400, 1582934400, 1583020799, 1583020800, 1795252762, 4107542400, 253402300799, -2208988800}
	for day := int64(0); day < 146097; day += 17 { // a whole cycle of the calendar
		secs = append(secs, day*86400+day%86400-62135596800+365*86400)
	}
	offsets := []int32{0, 3600, -3600, 19800, -34200, 50400, -43200}
	nsecs := []int32{0, 1, 100_000_000, 999_999_999, 32_465_950, 120_000, 7}
	s := new(Stamp)
	for i, sec := range secs {
		offset, nsec := offsets[i%len(offsets)], nsecs[i%len(nsecs)]
		s.Set(sec, nsec, offset)
		at := time.Unix(sec, int64(nsec))
		if got, want := string(s.head[:criTime]), at.In(time.FixedZone("", int(offset))).Format(criFormat); got != want {
			t.Errorf("k8s-file time of %d.%09d: %s, want %s", sec, nsec, got, want)
		}
		if got, want := string(s.tail[len(jsonStream):s.tailLen]), at.UTC().Format(time.RFC3339Nano)+jsonEnd; got != want {
			t.Errorf("json-file time of %d.%09d: %s, want %s", sec, nsec, got, want)
		}
	}
}

// TestStamp_SetAgain: what an earlier Set left does not show.
func TestStamp_SetAgain(t *testing.T) {
	moments := []struct {
		sec          int64
		nsec, offset int32
	}{{0, 0, 0}, {0, 5, 0}, {0, 0, 0}, {0, 0, 3600}, {1, 0, 3600}, {1, 999_999_999, 3600}, {1, 100_000_000, 3600}}
	again := new(Stamp)
	var a, b [256]byte
	for _, m := range moments {
		fresh := new(Stamp)
		fresh.Set(m.sec, m.nsec, m.offset)
		again.Set(m.sec, m.nsec, m.offset)
		if x, y := a[:K8s(a[:], fresh, 0, nil, false)], b[:K8s(b[:], again, 0, nil, false)]; !bytes.Equal(x, y) {
			t.Errorf("%v: %q, want %q", m, y, x)
		}
		x, y := a[:JSON(a[:], fresh, 0, nil, false)], b[:JSON(b[:], again, 0, nil, false)]
		if !bytes.Equal(x, y) || !json.Valid(y) {
			t.Errorf("%v: %q, want %q", m, y, x)
		}
	}
}
