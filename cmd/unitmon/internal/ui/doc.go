// Package ui writes what people and programs read from the unitmon command:
// tables that fit the terminal, JSON, the colour of state words, a line about
// what takes long. Nothing else of the command knows about terminals' widths and
// colours.
package ui
