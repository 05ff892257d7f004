package bench

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// bench plays the rounds, prints the table, and the samples if they are asked
// for, and gives the go command the ratios of the variant that is ours. The go
// command calls a quick benchmark again with a higher N, which has no meaning
// here: it gets the same ratios.
func (r *result) bench(b *testing.B, rounds, ours int) {
	b.Helper()
	if r.samples == nil {
		r.play(b, rounds)
		if err := r.print(os.Stdout, b.Name()); err != nil {
			b.Fatal(err)
		}
		for i, why := range r.failed {
			if why != "" {
				b.Errorf("%s: %s", r.variants[i].name, why)
			}
		}
	}
	b.ReportMetric(0, "ns/op") // of this function, which means nothing
	for i, c := range r.columns {
		if c.paired {
			b.ReportMetric(median(r.ratios(ours, i)), c.ratio()+"-"+strings.ReplaceAll(c.name, " ", "-"))
		}
	}
}

func (r *result) print(w io.Writer, name string) error {
	fmt.Fprintln(w)
	if err := r.table(w); err != nil {
		return err
	}
	if os.Getenv("UNITMON_BENCH_SAMPLES") != "" {
		r.lines(w, name)
	}
	return nil
}

// ratio is what a column's ratios are called.
func (c *column) ratio() string {
	if c.less {
		return "x-less"
	}
	return "x"
}

// table prints min / median of each column, and of paired columns the median
// (min..max) of the ratios.
func (r *result) table(w io.Writer) error {
	fmt.Fprintf(w, "%s, %d rounds; min / median, and ratio to the first row in the same round: median (min..max)\n", r.title, r.rounds)
	tw := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprint(tw, "variant")
	for _, c := range r.columns {
		fmt.Fprintf(tw, "\t%s %s", c.name, c.unit)
		if c.paired {
			fmt.Fprint(tw, map[bool]string{false: "\tratio", true: "\ttimes less"}[c.less])
		}
	}
	fmt.Fprintln(tw)
	for i, v := range r.variants {
		fmt.Fprint(tw, v.name)
		if why := r.failed[i]; why != "" {
			fmt.Fprintf(tw, "\tfailed: %s\n", strings.Join(strings.Fields(why), " "))
			continue
		}
		for j, c := range r.columns {
			fmt.Fprint(tw, r.cell(i, j, c))
		}
		fmt.Fprintln(tw)
	}
	return tw.Flush()
}

// cell is one column of one row, with its ratio.
func (r *result) cell(variant, i int, c column) string {
	values := r.values(variant, i)
	text := fmt.Sprintf("\t%.4g / %.4g", slices.Min(values)/c.per, median(values)/c.per)
	if !c.paired {
		return text
	}
	ratios := r.ratios(variant, i)
	if variant == 0 || len(ratios) == 0 {
		return text + "\t"
	}
	return text + fmt.Sprintf("\t%.2f (%.2f..%.2f)", median(ratios), slices.Min(ratios), slices.Max(ratios))
}

// lines prints every sample in the format of
// https://go.dev/design/14313-benchmark-format, below the benchmark's name.
func (r *result) lines(w io.Writer, name string) {
	for i, v := range r.variants {
		for _, s := range r.samples[i] {
			fmt.Fprintf(w, "%s/%s 1", name, strings.ReplaceAll(v.name, " ", "_"))
			for j, c := range r.columns {
				fmt.Fprintf(w, " %.0f %s", s[j], c.raw)
			}
			fmt.Fprintln(w)
		}
	}
}
