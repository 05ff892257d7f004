// Package conf reads the configuration of a container: a directory with a
// container.conf in unit-file syntax (systemd.syntax(7)), or with a plain OCI
// bundle. It says what is wrong by file and line, and writes the drop-ins by
// which the unit templates become the container's own.
//
// The generator is made of this package, and at every boot and reload waits for
// nothing else, so it imports little: no D-Bus, no JSON, no runtime. What can be
// said only by looking at the machine, [Container] leaves to its user.
package conf
