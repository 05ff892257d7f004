package conformance

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Suites is the directory that the script fetch has filled:
//
//	conmon.test     the test program of Debian's conmon source package
//	podman/         Debian's podman source package
//	registry        docker-registry of Debian's package of that name
type Suites string

// podmanTests is where podman's system tests are.
const podmanTests = "podman/test/system"

// File is a file of tests.
type File struct {
	// Name is that of Test.File.
	Name string
	// Tests are the names of the tests in it, as far as they can be told
	// without running it.
	Tests []string
}

// results are the outcomes that bats has told, by the names that it has told,
// and Missing for the other tests. (A name may have a variable in it.)
func (f File) results(told []Named) Results {
	results := Results{}
	for i := range max(len(told), len(f.Tests)) {
		switch {
		case i < len(told) && told[i].Outcome != Missing:
			results[Test{f.Name, told[i].Name}] = told[i].Outcome
		case i < len(f.Tests):
			results[Test{f.Name, f.Tests[i]}] = Missing
		default:
			results[Test{f.Name, fmt.Sprintf("test %d", i+1)}] = Missing
		}
	}
	return results
}

// conmonSuite is the name under which all of conmon's tests run; the files
// they are in are told by their results.
const conmonSuite = "conmon/"

// Files returns what can be run, in order. With only, a file needs one of its
// words in its name.
func (s Suites) Files(only []string) ([]File, error) {
	paths, err := filepath.Glob(filepath.Join(string(s), podmanTests, "*.bats"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("suites %s: no tests of podman; run tests/conformance/fetch first", s)
	}
	files := []File{{Name: conmonSuite}}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		files = append(files, File{"podman/" + path.Base(p), batsTests(string(text))})
	}
	return slices.DeleteFunc(files, func(f File) bool { return !selected(f.Name, only) }), nil
}

func selected(name string, only []string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(word string) bool { return strings.Contains(name, word) })
}

// batsTests returns the names of the tests in a file of bats: the shell word
// between "@test" and the brace, which for all of podman's is in double quotes.
func batsTests(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "@test ")
		if !ok {
			continue
		}
		name := strings.TrimSuffix(strings.TrimSpace(rest), "{")
		name = strings.Trim(strings.TrimSpace(name), `"'`)
		name = strings.NewReplacer(`\"`, `"`, `\$`, `$`, `\\`, `\`).Replace(name)
		names = append(names, strings.TrimSpace(name))
	}
	return names
}
