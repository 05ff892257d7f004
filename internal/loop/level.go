package loop

// What "<N>" at the beginning of a line means, N from 0 to 7: sd-daemon(3).
const (
	PrefixText    = iota // nothing: it is text
	PrefixNoted          // it is cut off; N goes into CONTAINER_PRIORITY
	PrefixObeyed6        // it is cut off; N is the PRIORITY, which is 6 without it
	PrefixObeyed3        // the same, 3 without it
)

// levelField is the field of a line's own level where PRIORITY tells the stream.
const levelField = "CONTAINER_PRIORITY="

// SetPrefix says what "<N>" at the beginning of a line of stream i means in the
// journal, and whether pieces of lines are marked there. With PrefixObeyed the
// constant fields must not have a PRIORITY.
func (l *Loop) SetPrefix(i, prefix int, mark bool) {
	e := &l.streams[i&1].entry
	e.prefix, e.whole = uint8(prefix), !mark
}

// cutLevel takes the prefix off a line, unless it goes on with another one.
func (e *entry) cutLevel(line []byte, midLine bool) []byte {
	e.level = 0
	if e.prefix == PrefixText || midLine || len(line) < 3 || line[0] != '<' || line[2] != '>' || line[1] < '0' || line[1] > '7' {
		return line
	}
	e.level = line[1]
	return line[3:]
}

// addLevel writes the field of the level behind n bytes and returns its length.
func (e *entry) addLevel(n int) int {
	level, name := e.level, levelField
	switch e.prefix {
	case PrefixObeyed6, PrefixObeyed3:
		name = levelField[len("CONTAINER_"):]
		if level == 0 {
			level = '6'
			if e.prefix == PrefixObeyed3 {
				level = '3'
			}
		}
	}
	if level == 0 {
		return 0
	}
	size := copy(e.out[n:], name)
	e.out[n+size], e.out[n+size+1] = level, '\n'
	return size + 2
}
