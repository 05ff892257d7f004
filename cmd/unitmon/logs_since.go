package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/unitmon/unitmon/unit"
)

// sinceTime is the time of --since, zero if it is not given.
func (o *logsOptions) sinceTime() (time.Time, error) {
	if o.since == "" {
		return time.Time{}, nil
	}
	t, ok := parseSince(o.since, time.Now())
	if !ok {
		return t, fmt.Errorf("since %q: it is no time, such as \"2026-11-21 09:00:00\", -5min or yesterday", o.since)
	}
	return t, nil
}

// parseSince reads a time as journalctl's --since takes it (systemd.time(7)),
// without weekdays and time zones by name, and in RFC 3339. A time span without
// a sign is one ago. ok is false if it is none of these.
func parseSince(s string, now time.Time) (t time.Time, ok bool) {
	s = strings.TrimSpace(s)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch s {
	case "now":
		return now, true
	case "today":
		return midnight, true
	case "yesterday":
		return midnight.AddDate(0, 0, -1), true
	case "tomorrow":
		return midnight.AddDate(0, 0, 1), true
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, true
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), now.Location()), true
		}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05 MST"} {
		if t, err := time.Parse(layout, s); err == nil && (layout == time.RFC3339Nano || strings.HasSuffix(s, " UTC")) {
			return t, true
		}
	}
	return parseRelative(s, now)
}

// parseRelative reads "@SECONDS" and time spans: -5min, +5min, 5min ago, 5min
// left, and 5min.
func parseRelative(s string, now time.Time) (t time.Time, ok bool) {
	from, sign := now, time.Duration(-1)
	span, signed := s, true
	switch {
	case strings.HasPrefix(s, "@"):
		span, from, sign = s[1:], time.Unix(0, 0), 1
	case strings.HasPrefix(s, "-"):
		span = s[1:]
	case strings.HasPrefix(s, "+"):
		span, sign = s[1:], 1
	case strings.HasSuffix(s, " ago"):
		span = strings.TrimSuffix(s, " ago")
	case strings.HasSuffix(s, " left"):
		span, sign = strings.TrimSuffix(s, " left"), 1
	default:
		signed = false
	}
	d, err := unit.ParseTimeSpan(span)
	if err != nil || d == unit.Infinity || !signed && strings.Trim(span, "0123456789.") == "" {
		return t, false // a number alone may mean anything
	}
	return from.Add(sign * d), true
}
