package logfile

const (
	criTime  = 35 // 2026-11-21T09:19:22.032465950+01:00
	criHead  = 45 // the time, then " stdout F "
	atStream = criTime + 1 + len("std")
	atFlag   = criTime + 1 + len("stdout ")

	jsonHead = `{"log":"`
	// What follows the text. The escape in front is a full line's newline.
	jsonStream = `\n","stream":"stdout","time":"`
	jsonEnd    = "\"}\n"
	jsonTime   = 30 // 2026-11-21T08:19:22.032465950Z, at most
	atSource   = len(`\n","stream":"std`)
)

// k8sHead is what a record of a k8s-file begins with, criHead bytes of it.
type k8sHead [48]byte

// Stamp is the moment of a record and all of the record that depends on
// nothing else, ready to be copied. Its zero value is not usable before Set. It
// has no pointers and may be copied.
type Stamp struct {
	sec      int64
	offset   int32
	known    bool     // sec and offset are those of head and tail
	tailLen  int32    // of tail
	nanoAt   int32    // where the fraction is in tail
	head     k8sHead  // for stdout and a full line
	tail     [64]byte // json-file: from the newline on, for stdout
	nanoText [9]byte
}

// Set prepares the stamp for a moment: sec and nsec since the epoch, nsec below
// 1e9, and the local time's offset in seconds east of UTC, of which whole
// minutes below 100 hours are shown. Years above 9999 are shown modulo 10000.
// Only what has changed since the last Set is formatted anew.
func (s *Stamp) Set(sec int64, nsec int32, offset int32) {
	if !s.known || s.sec != sec || s.offset != offset {
		s.setSeconds(sec, offset)
	}
	n := uint32(nsec)
	for i := len(s.nanoText) - 1; i >= 0; i-- {
		s.nanoText[i] = '0' + byte(n%10)
		n /= 10
	}
	copy(s.head[20:29], s.nanoText[:])
	s.setFraction()
}

// setSeconds formats what changes at most once a second.
func (s *Stamp) setSeconds(sec int64, offset int32) {
	s.sec, s.offset, s.known = sec, offset, true
	putTime(s.head[:19], sec+int64(offset))
	s.head[19] = '.'
	putOffset(s.head[29:35], offset)
	copy(s.head[criTime:], " stdout F ")

	n := copy(s.tail[:], jsonStream)
	putTime(s.tail[n:n+19], sec)
	s.nanoAt = int32(n + 19)
}

// setFraction ends the tail with the fraction of the second, as Go's
// time.RFC3339Nano has it: no zeros at its end, and no point if it is 0.
func (s *Stamp) setFraction() {
	digits := len(s.nanoText)
	for digits > 0 && s.nanoText[digits-1] == '0' {
		digits--
	}
	n := int(s.nanoAt)
	if digits > 0 {
		s.tail[n] = '.'
		n += 1 + copy(s.tail[n+1:], s.nanoText[:digits])
	}
	s.tail[n] = 'Z'
	s.tailLen = int32(n + 1 + copy(s.tail[n+1:], jsonEnd))
}

// putTime writes 2026-11-21T09:19:22 into dst.
func putTime(dst []byte, sec int64) {
	const day = 24 * 60 * 60
	days, rest := sec/day, sec%day
	if rest < 0 {
		days, rest = days-1, rest+day
	}
	y, m, d := civil(days)
	put2(dst[0:2], y/100)
	put2(dst[2:4], y)
	put2(dst[5:7], m)
	put2(dst[8:10], d)
	put2(dst[11:13], rest/3600)
	put2(dst[14:16], rest/60%60)
	put2(dst[17:19], rest%60)
	dst[4], dst[7], dst[10], dst[13], dst[16] = '-', '-', 'T', ':', ':'
}

// putOffset writes +01:00 into dst.
func putOffset(dst []byte, offset int32) {
	dst[0], dst[3] = '+', ':'
	if offset < 0 {
		dst[0], offset = '-', -offset
	}
	put2(dst[1:3], int64(offset/3600))
	put2(dst[4:6], int64(offset/60%60))
}

// put2 writes the last two digits of v, which is not negative.
func put2(dst []byte, v int64) {
	dst[0], dst[1] = '0'+byte(v/10%10), '0'+byte(v%10)
}

// civil is the Gregorian date of a day, counted from 1970-01-01. The years are
// counted from 1 March, so that the leap day is a year's last, and in cycles of
// 400 years, which all have the same number of days.
func civil(days int64) (year, month, day int64) {
	const cycle = 146097
	days += 719468 // from 0000-03-01
	era := days / cycle
	if days%cycle < 0 {
		era--
	}
	doe := days - era*cycle
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153 // months since March
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	year = yoe + era*400
	if month > 12 {
		month, year = month-12, year+1
	}
	return (year%10000 + 10000) % 10000, month, day
}
