package conf

import (
	"os"
	"strings"
	"testing"
)

// TestManPage: unitmon.conf(5) names every key that is read or refused.
func TestManPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/man/unitmon.conf.5.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	lists := [][]string{Keys()}
	for _, m := range []map[string]string{refused, refusedService} {
		var names []string
		for k := range m {
			names = append(names, k)
		}
		lists = append(lists, names)
	}
	for _, names := range lists {
		for _, k := range names {
			if !strings.Contains(page, "*"+k+"=*") {
				t.Errorf("the page lacks %s=", k)
			}
		}
	}
}
