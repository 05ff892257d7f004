package main

import "testing"

func TestParseProcess(t *testing.T) {
	p, ok := parseProcess("   12     0  1.5  2048       3      61 sh -c  echo  hi\n")
	if !ok || p.PID != 12 || *p.UID != 0 || *p.CPUPercent != 1.5 || *p.RSS != 2<<20 || *p.CPUUSec != 3e6 || *p.AgeUSec != 61e6 || p.Command != "sh -c  echo  hi" {
		t.Errorf("%+v, %v", p, ok)
	}
	p, ok = parseProcess("12 - - - - 99999999999999999999 x\n")
	if !ok || p.UID != nil || p.CPUPercent != nil || p.RSS != nil || p.AgeUSec != nil {
		t.Errorf("what is not known is known: %+v, %v", p, ok)
	}
	for _, line := range []string{"", "\n", "x 0 0 0 0 0 y\n", "1 2 3\n"} {
		if p, ok := parseProcess(line); ok {
			t.Errorf("%q is %+v", line, p)
		}
	}
}
