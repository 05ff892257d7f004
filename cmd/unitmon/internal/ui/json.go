package ui

import (
	"encoding/json"
	"io"
)

// JSON writes v as one indented document. Text is not made safe for HTML. A nil
// slice must be given as an empty one: a list is always an array.
func JSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// JSONLine writes v on one line, as one object of a stream of them.
func JSONLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
