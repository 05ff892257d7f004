// Package cli is the command line of the engines' door: the options of conmon
// 2.2.1, their checks, and the diagnostics that a monitor prints.
//
// Options are parsed by GLib's rules (see package goption), because that is
// what podman and CRI-O write for: "--api-version 1" is a flag and a word that
// is ignored. The checks come in conmon's order and say what conmon says, to
// the letter: callers and test suites look for these words.
//
// A program calls [Parse], then [Options.Check], prints what an [Exit] holds
// and ends with its code:
//
//	o, err := cli.Parse(os.Args[0], os.Args[1:], os.Getenv)
//	…
//	err = o.Check(cli.NewDiag(o, os.Args[0], os.Stderr))
//
// # Differences from conmon that are meant
//
//   - Values may hold any bytes; conmon refuses what is not of the locale's
//     character set. Messages are English and UTF-8 in every locale.
//   - A path in --log-path may hold ':'; conmon cuts it there, or takes what
//     is before it for the name of a log driver.
//   - --log-allowlist-dir is kept: a log file outside all of the directories
//     is refused, where conmon opens it (conmon asks the list only when it
//     rotates a log that is missing).
//   - --unitmon-unit and --unitmon-priority, with $UNITMON_UNIT and
//     $UNITMON_PRIORITY, are this program's own.
package cli
