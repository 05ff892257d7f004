package conformance

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Save writes results to a file that Load reads, a line each: file, name and
// outcome with a tab between.
func (r Results) Save(path string) error {
	var lines []string
	for t, o := range r {
		lines = append(lines, fmt.Sprintf("%s\t%s\t%s\n", t.File, t.Name, o))
	}
	slices.Sort(lines)
	next := path + ".new"
	if err := os.WriteFile(next, []byte(strings.Join(lines, "")), 0o644); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// Load reads what Save has written.
func Load(path string) (Results, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, err := parseResults(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func parseResults(text string) (Results, error) {
	r := Results{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		file, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		last := strings.LastIndexByte(rest, '\t')
		if last < 0 {
			return nil, fmt.Errorf("line %d: not file, name, outcome", n)
		}
		o, err := outcomeOf(rest[last+1:])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		r[Test{file, rest[:last]}] = o
	}
	return r, nil
}

func outcomeOf(word string) (Outcome, error) {
	for _, o := range []Outcome{Missing, Passed, Failed, Skipped} {
		if word == o.String() {
			return o, nil
		}
	}
	return Missing, fmt.Errorf("no such outcome: %q", word)
}

// In returns the results of tests in the given files.
func (r Results) In(files []File) Results {
	in := Results{}
	for t, o := range r {
		if slices.ContainsFunc(files, func(f File) bool { return strings.HasPrefix(t.File, f.Name) }) {
			in[t] = o
		}
	}
	return in
}

// Fill adds the older results of those files of which there are none.
func (r Results) Fill(older Results) {
	known := map[string]bool{}
	for t := range r {
		known[t.File] = true
	}
	for t, o := range older {
		if !known[t.File] {
			r[t] = o
		}
	}
}
