package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
)

// ReadGinkgo reads the report that a Ginkgo test program writes with
// -ginkgo.json-report. Fields are those of package
// github.com/onsi/ginkgo/v2/types.
func ReadGinkgo(r io.Reader) (Results, error) {
	var suites []struct {
		SpecReports []spec
	}
	if err := json.NewDecoder(r).Decode(&suites); err != nil {
		return nil, fmt.Errorf("read Ginkgo's report: %w", err)
	}
	all := Results{}
	for _, suite := range suites {
		for _, s := range suite.SpecReports {
			if s.LeafNodeType == "It" {
				all[s.test()] = s.outcome()
			}
		}
	}
	return all, nil
}

// spec is a test in a report.
type spec struct {
	ContainerHierarchyTexts    []string
	LeafNodeType, LeafNodeText string
	LeafNodeLocation           struct{ FileName string }
	State                      string
}

func (s spec) test() Test {
	return Test{
		File: "conmon/" + path.Base(s.LeafNodeLocation.FileName),
		Name: strings.Join(append(s.ContainerHierarchyTexts, s.LeafNodeText), " "),
	}
}

func (s spec) outcome() Outcome {
	switch s.State {
	case "passed":
		return Passed
	case "skipped", "pending":
		return Skipped
	case "interrupted", "":
		return Missing
	}
	return Failed // failed, panicked, aborted, timedout
}
