// Package conformance runs two test suites of others against two monitors, the
// conmon of Debian and this project's: the suite in Debian's conmon source
// package, and podman's system tests in Debian's podman source package. What
// passes with the first has to pass with the second.
//
// None of the suites is part of this project: the script fetch beside this file
// puts them into a cache directory, with Debian's source tools. Each monitor
// gets a box of its own (package box), in which its file is /usr/bin/conmon and
// nothing else differs. A box has no network; the images that the tests ask for
// by name come from a registry inside it and hold little but busybox.
//
// The ledger, ledger.tsv, says why a test cannot run like this. It is about the
// place, not about our monitor: an entry whose test passes with Debian's conmon
// is reported as stale. A monitor's own reasons have no place in it.
package conformance
