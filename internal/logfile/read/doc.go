// Package read reads the log files that package logfile describes, of unitmon,
// conmon and Docker: the live file and the rotated ones beside it, PATH.1 being
// the newest of these.
//
// A Reader gives records in the order in which they were written, from all of
// the log, from a time on, or the last lines of it, and can go on with what
// comes, over rotations and truncations. It holds one record at a time, of at
// most MaxRecord bytes.
//
// What is no record is given too, as it is, with an error that says so: a
// reader of logs shows what is there.
package read
