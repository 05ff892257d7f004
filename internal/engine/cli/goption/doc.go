// Package goption parses command lines by the rules of GLib's GOptionContext,
// which are not those of getopt(3): see g_option_context_parse in the GLib
// reference manual, and parse_long_option and parse_short_option in
// glib/goption.c.
//
//   - A long option is "--name value" or "--name=value", by its whole name:
//     nothing is abbreviated, and only the first '=' separates.
//   - A short option takes its value from the next word, never from the rest
//     of its own: "-lpath" is not "-l path". Letters of one word are read from
//     left to right ("-itc ID"), and one of them may take a value.
//   - The word after an option that takes a value is the value, also if it
//     begins with '-' or is "--".
//   - A flag ignores what "--flag=" gives it, and cannot be unset.
//   - A scalar keeps its last value, a list all of them, in order.
//   - Numbers are strtol(3)'s with base 0: "0x1f", "017", " +5".
//   - Words that are no options may stand anywhere. "--" ends the options.
//   - "--help", "--help-all", and 'h' or '?' among short options end the
//     parsing where they are met.
//
// Errors have GLib's texts, in English, with the quotation marks of UTF-8.
//
// One difference is meant: GLib converts values from the locale's character
// set and fails at bytes that are not in it, "Invalid byte sequence in
// conversion input". Here a value is what the caller passed, byte by byte.
package goption
