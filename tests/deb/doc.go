// Package deb shows the life of the Debian package on a machine: installed,
// upgraded and removed beside running containers, purged.
package deb
