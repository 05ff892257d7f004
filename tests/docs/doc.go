// Package docs runs what the pages tell a reader to type. README.md and each
// page in docs/ gets a machine of its own (tests/box) on which unitmon is
// installed; its blocks are run there in order, in one shell, so that a later
// block finds what an earlier one has left.
//
// # Blocks
//
// A block fenced with ```console has commands, each after the prompt "# "
// (or "$ "; both are root's), and below each what it writes to stdout and
// stderr together. A line that ends with a backslash goes on in the next one.
// An exit status other than 0 is the last line of it, "(exit status N)". In
// what is expected "…" stands for any text within a line, and a line "..." for
// any lines, none too; a run of blanks is as good as one, and blanks at the
// end of a line do not count. Points in time, pids and the IDs of containers
// are those of one run, and stand for any (masks, in match_test.go).
//
// A block fenced with ```sh is a script, in a shell of its own, that must not fail;
// what it writes does not matter.
// Blocks in other languages are not run; one that names none must not look
// like commands.
//
// # Comments
//
// Two kinds of HTML comments, each at the beginning of a line, speak to the
// test; a reader does not see them.
//
//	<!-- run: COMMAND -->      run it here; it must succeed
//	<!-- not run: REASON -->   the next block is not run; the test lists it
//
// In them and in blocks "await TEXT MATCH..." is a command that waits until
// the journal has TEXT in an entry that matches, as journalctl(1) does. It is
// for the first kind: a reader is slower than a relay.
//
// A page leaves nothing behind: no unit of unitmon's may be there at its end.
package docs
