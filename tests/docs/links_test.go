package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLinks follows the pages' links to files of this checkout, and to headings
// of pages.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, path := range append(pages(t), "../../CONTRIBUTING.md", "../../CHANGELOG.md") {
		for _, m := range link.FindAllStringSubmatch(readFile(t, path), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, heading, _ := strings.Cut(m[1], "#")
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s leads nowhere: %v", path, m[1], err)
			} else if heading != "" && !hasHeading(readFile(t, target), heading) {
				t.Errorf("%s: %s: there is no such heading", path, m[1])
			}
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// hasHeading looks for a heading by the name that forges give it: lower case,
// blanks as '-', no other signs but '_'.
func hasHeading(text, name string) bool {
	signs := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	for line := range strings.Lines(text) {
		title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || line[0] != '#' {
			continue
		}
		title = signs.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
		if strings.ReplaceAll(title, " ", "-") == name {
			return true
		}
	}
	return false
}
