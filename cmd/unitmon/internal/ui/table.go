package ui

import (
	"bufio"
	"slices"
	"strings"
	"unicode/utf8"
)

// Column is a column of a Table.
type Column struct {
	Head  string
	Right bool // flush right, for numbers
	Cut   bool // may be shortened to fit the terminal
	State bool // the words of its cells are states, which have colours
	Spare int  // above 0: left out of a table that does not fit the terminal, the lowest first
}

// gap stands between two columns.
const gap = "  "

// cutMin is the least width to which a column is cut.
const cutMin = 8

// Table is rows below a header.
type Table struct {
	Columns []Column
	rows    [][]string
}

// Add adds a row: a cell for each column, in their order. Missing cells are
// empty, those too many are left out.
func (t *Table) Add(cells ...string) {
	row := make([]string, len(t.Columns))
	for i := range row[:min(len(cells), len(row))] {
		row[i] = Clean(cells[i])
	}
	t.rows = append(t.rows, row)
}

// Len is the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Write writes the table; quiet means the first column alone, without a header.
// A table that is wider than the terminal has its widest columns of those that
// may be cut shortened, with an ellipsis; if that cannot be enough it is without
// columns that can be spared; one that is still too wide is left so.
func (t *Table) Write(o Out, quiet bool) error {
	w := bufio.NewWriter(o.W)
	if quiet {
		for _, row := range t.rows {
			_, _ = w.WriteString(row[0] + "\n")
		}
		return w.Flush()
	}
	t = t.narrow(o.Width)
	head := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c.Head
	}
	widths := t.fit(o.Width)
	t.line(w, Out{}, widths, head)
	for _, row := range t.rows {
		t.line(w, o, widths, row)
	}
	return w.Flush()
}

// line writes one row, without spaces at its end.
func (t *Table) line(w *bufio.Writer, o Out, widths []int, row []string) {
	var line strings.Builder
	for i, cell := range row {
		cell = cut(cell, widths[i])
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if t.Columns[i].State {
			cell = o.paint(row[i], cell)
		}
		if t.Columns[i].Right {
			cell, pad = pad, cell
		}
		line.WriteString(cell + pad + gap)
	}
	_, _ = w.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

// narrow is the table without the columns for which limit columns of the terminal,
// if that is not 0, have no room.
func (t *Table) narrow(limit int) *Table {
	for limit > 0 {
		widths, total := t.widths()
		for i, c := range t.Columns {
			if c.Cut {
				total -= max(0, widths[i]-cutMin)
			}
		}
		i := t.spare()
		if total <= limit || i < 0 {
			break
		}
		t = t.without(i)
	}
	return t
}

// spare is the column that is left out first, or -1.
func (t *Table) spare() int {
	found := -1
	for i, c := range t.Columns {
		if c.Spare > 0 && (found < 0 || c.Spare < t.Columns[found].Spare) {
			found = i
		}
	}
	return found
}

// without is the table without a column.
func (t *Table) without(column int) *Table {
	less := &Table{Columns: slices.Delete(slices.Clone(t.Columns), column, column+1)}
	for _, row := range t.rows {
		less.rows = append(less.rows, slices.Delete(slices.Clone(row), column, column+1))
	}
	return less
}

// widths is how wide each column has to be, and the table. A character counts as
// one, which those of East Asia are not.
func (t *Table) widths() (widths []int, total int) {
	widths = make([]int, len(t.Columns))
	total = -len(gap)
	for i, c := range t.Columns {
		widths[i] = utf8.RuneCountInString(c.Head)
		for _, row := range t.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
		total += widths[i] + len(gap)
	}
	return widths, total
}

// fit is how wide each column is, in at most limit columns of the terminal if that
// is not 0.
func (t *Table) fit(limit int) []int {
	widths, total := t.widths()
	for ; limit > 0 && total > limit; total-- {
		i := t.widest(widths)
		if i < 0 {
			break
		}
		widths[i]--
	}
	return widths
}

// widest is the widest column that can be cut, or -1.
func (t *Table) widest(widths []int) int {
	found := -1
	for i, c := range t.Columns {
		if c.Cut && widths[i] > cutMin && (found < 0 || widths[i] > widths[found]) {
			found = i
		}
	}
	return found
}

// cut shortens a text to width characters. The end of a path says most, so it is
// the middle that goes.
func cut(s string, width int) string {
	r := []rune(s)
	if len(r) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	back := (width - 1) / 2
	return string(r[:width-1-back]) + "…" + string(r[len(r)-back:])
}
