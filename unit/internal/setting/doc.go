// Package setting converts a line of a unit file, KEY=VALUE, into the D-Bus
// properties that mean the same, as systemd-run -p does. It does no I/O.
//
// There is no table of all settings: the manager tells the D-Bus type of each
// property, and the type says how a value is read (systemd.syntax(7),
// systemd.time(7)). Only what the type does not show is listed here: settings
// whose property has another name or another type, and words for numbers.
package setting
