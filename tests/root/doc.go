// Package root tests the packages journal, notify and socketact against a
// real systemd and journald, in a box.
package root
