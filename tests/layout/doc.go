// Package layout holds tests of the source tree itself: which package may
// import which, and the house rules of CONTRIBUTING.md that a parser can
// check. They read the files in the test process, so that the go command
// knows what they depend on.
package layout
