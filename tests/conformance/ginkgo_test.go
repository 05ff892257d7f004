package conformance

import (
	"maps"
	"strings"
	"testing"
)

func TestReadGinkgo(t *testing.T) {
	const text = `[{"SuitePath": "/src/runner/conmon_test", "SpecReports": [
	{"ContainerHierarchyTexts": ["conmon", "version"], "LeafNodeType": "It", "LeafNodeText": "is told",
	 "LeafNodeLocation": {"FileName": "/src/runner/conmon_test/conmon_test.go"}, "State": "passed"},
	{"ContainerHierarchyTexts": null, "LeafNodeType": "It", "LeafNodeText": "dies",
	 "LeafNodeLocation": {"FileName": "runtime_test.go"}, "State": "panicked"},
	{"LeafNodeType": "BeforeSuite", "LeafNodeText": "", "State": "passed"},
	{"LeafNodeType": "It", "LeafNodeText": "waits", "LeafNodeLocation": {"FileName": "runtime_test.go"}, "State": "pending"}
	]}]`
	got, err := ReadGinkgo(strings.NewReader(text))
	want := Results{
		{"conmon/conmon_test.go", "conmon version is told"}: Passed,
		{"conmon/runtime_test.go", "dies"}:                  Failed,
		{"conmon/runtime_test.go", "waits"}:                 Skipped,
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestReadGinkgo_NoReport(t *testing.T) {
	if got, err := ReadGinkgo(strings.NewReader("")); err == nil {
		t.Errorf("no report is read as %v", got)
	}
}

func FuzzReadGinkgo(f *testing.F) {
	f.Add(`[{"SpecReports": [{"LeafNodeType": "It", "LeafNodeText": "a", "State": "passed"}]}]`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ReadGinkgo(strings.NewReader(text))
		if err != nil && all != nil {
			t.Fatal("results and an error")
		}
	})
}
