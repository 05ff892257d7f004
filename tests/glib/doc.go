// Package glib compares the command line of the engines' door with what it
// stands for: a small C program on the real GLib, built here, which has
// conmon's options and says what it has read; and the conmon of the machine,
// for the checks that come after.
package glib
