package conformance

import (
	"bytes"
	"fmt"
	"io"
	"text/tabwriter"
)

// Print writes the totals side by side, and every list that is not empty.
// reference and subject are what the two monitors call themselves.
func (r Report) Print(w io.Writer, reference, subject string) error {
	var b bytes.Buffer
	r.totals(&b, reference, subject)
	lists := []struct {
		title string
		tests []Test
	}{
		{"pass with " + reference + " and not with " + subject, r.Regressions},
		{"failed with " + subject + " and passed when repeated", r.Unsteady},
		{"pass with " + subject + " only", r.Gains},
		{"do not pass with " + reference + ", and the ledger has no reason", r.Unexplained},
		{"stale in the ledger: pass with " + reference, r.Stale},
		{"in the ledger, but there is no such test", r.Gone},
	}
	for _, list := range lists {
		if len(list.tests) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%d %s:\n", len(list.tests), list.title)
		for _, t := range list.tests {
			fmt.Fprintf(&b, "  %s\n", t)
		}
	}
	_, err := b.WriteTo(w)
	return err
}

// totals writes the table.
func (r Report) totals(w io.Writer, reference, subject string) {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\t%s\t%s\t\n", reference, subject)
	for _, o := range []Outcome{Passed, Failed, Skipped, Missing} {
		fmt.Fprintf(t, "%s\t%d\t%d\t\n", o, r.Reference[o], r.Subject[o])
	}
	_ = t.Flush() // w is a buffer
}
