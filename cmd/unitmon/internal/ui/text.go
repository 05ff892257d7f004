package ui

import (
	"fmt"
	"strconv"
	"time"
)

// Dash stands where there is nothing to say.
const Dash = "-"

// Ago is how long before now t was, in one unit: "3 min ago". The zero time is
// Dash. What has not come yet, as after a clock was set back, is "now".
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return Dash
	}
	if d := now.Sub(t); d >= time.Second {
		return Span(d) + " ago"
	}
	return "now"
}

// Span is a time span in its largest unit, rounded down, with the units of
// systemd.time(7): "45 s", "3 min", "2 days".
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(0, d.Milliseconds()))
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < day:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d < 2*day:
		return "1 day"
	}
	return fmt.Sprintf("%d days", d/day)
}

// Size is a number of bytes in the units of systemctl(1), powers of 1024, with
// one digit behind the point if it is not whole: "1.5M".
func Size(n uint64) string {
	const units = "BKMGTPE"
	div, u := uint64(1), 0
	for n/div >= 1024 && u < len(units)-1 {
		div, u = div*1024, u+1
	}
	s := strconv.FormatUint(n/div, 10)
	if tenth := n % div * 10 / max(div, 1); u > 0 && n/div < 1024 && tenth > 0 && div < 1<<60 {
		s += "." + strconv.FormatUint(tenth, 10)
	}
	return s + units[u:u+1]
}
