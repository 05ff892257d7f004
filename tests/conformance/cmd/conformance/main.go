// Conformance runs the tests of package conformance with Debian's conmon and
// with another one, and prints what differs.
//
//	go run ./tests/conformance/cmd/conformance -suites DIR [-conmon FILE] [-again] [WORD]...
//
// With words, only files with one of them in their name are run: "035" or
// "conmon/" or "logs". With -again the results of Debian's conmon are those of
// the last run, where there are any. It exits with 1 if a test passes with
// Debian's conmon and not with the other, also when repeated, and with 2 if it
// could not tell.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/conformance"
)

// options are those of the command line.
type options struct {
	suites, reference, subject, ledger, logs string
	again                                    bool
	limit, file                              time.Duration
	only                                     []string
}

func main() {
	box.Stage()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	same, err := run(ctx, parse(os.Args[1:]))
	stop()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	case !same:
		os.Exit(1)
	}
}

func parse(args []string) options {
	var o options
	flags := flag.NewFlagSet("conformance", flag.ExitOnError)
	flags.StringVar(&o.suites, "suites", "", "directory that tests/conformance/fetch has filled")
	flags.StringVar(&o.reference, "reference", "/usr/bin/conmon", "the monitor that is right")
	flags.StringVar(&o.subject, "conmon", "bin/conmon", "the monitor to test")
	flags.StringVar(&o.ledger, "ledger", "tests/conformance/ledger.tsv", "reasons for tests that cannot run here")
	flags.StringVar(&o.logs, "logs", "dist/conformance", "directory for what the tests write")
	flags.BoolVar(&o.again, "again", false, "do not run the reference: take its results from the last run")
	flags.DurationVar(&o.limit, "limit", 17*time.Minute, "end each monitor's run after this time, and a repetition after a quarter of it")
	flags.DurationVar(&o.file, "file-limit", 5*time.Minute, "end a file of tests after this time")
	_ = flags.Parse(args) // ExitOnError
	o.only = flags.Args()
	return o
}

// run runs both monitors and prints the report. It returns whether nothing
// passes with the first only.
func run(ctx context.Context, o options) (bool, error) {
	ledger, err := readLedger(o.ledger)
	if err != nil {
		return false, err
	}
	suites, err := filepath.Abs(o.suites)
	if err != nil {
		return false, err
	}
	files, err := conformance.Suites(suites).Files(o.only)
	if err != nil {
		return false, err
	}
	files = slices.DeleteFunc(files, func(f conformance.File) bool { return ledger.Excludes(f.Name) != "" })
	reference, err := o.monitor(ctx, suites, "reference", o.reference, files)
	if err != nil {
		return false, err
	}
	subject, err := o.monitor(ctx, suites, "subject", o.subject, files)
	if err != nil {
		return false, err
	}
	report := conformance.Compare(reference.results, subject.results, ledger)
	if err := o.repeat(ctx, suites, &report, files); err != nil {
		return false, err
	}
	fmt.Printf("\n%d files of tests; what they write is in %s\n\n", len(files), o.logs)
	return len(report.Regressions) == 0, report.Print(os.Stdout, reference.name, subject.name)
}

// repeat runs the files with regressions once more: the tests of podman wait
// by the clock, and not always long enough.
func (o options) repeat(ctx context.Context, suites string, report *conformance.Report, files []conformance.File) error {
	again := slices.DeleteFunc(slices.Clone(files), func(f conformance.File) bool {
		return !slices.ContainsFunc(report.Regressions, func(t conformance.Test) bool {
			return strings.HasPrefix(t.File, f.Name)
		})
	})
	if len(again) == 0 {
		return nil
	}
	o.limit /= 4
	second, err := o.monitor(ctx, suites, "repeated", o.subject, again)
	if err != nil {
		return err
	}
	report.Repeat(second.results)
	return nil
}

func readLedger(path string) (conformance.Ledger, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return conformance.ReadLedger(f)
}

// outcome is what one monitor's run has given, and what it calls itself.
type outcome struct {
	name    string
	results conformance.Results
}

// monitor runs the files with one monitor. The role is the name of a directory
// for the logs.
func (o options) monitor(ctx context.Context, suites, role, path string, files []conformance.File) (outcome, error) {
	r := conformance.Run{
		Suites: conformance.Suites(suites), Monitor: path,
		Limit: o.limit, FileLimit: o.file,
		Logs: filepath.Join(o.logs, role), Progress: os.Stdout,
	}
	if err := os.MkdirAll(r.Logs, 0o755); err != nil {
		return outcome{}, err
	}
	version, err := r.Version(ctx)
	if err != nil {
		return outcome{}, err
	}
	name := fmt.Sprintf("%s (%s)", version, role)
	fmt.Printf("\n%s: %s\n", name, path)
	results, err := o.results(ctx, r, role, files)
	return outcome{name, results}, err
}

// results runs the files and keeps their results beside the logs, for another
// run that takes the reference's from there.
func (o options) results(ctx context.Context, r conformance.Run, role string, files []conformance.File) (conformance.Results, error) {
	store := r.Logs + ".tsv"
	kept, err := conformance.Load(store)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	todo := files
	if o.again && role == "reference" {
		todo = slices.DeleteFunc(slices.Clone(files), func(f conformance.File) bool {
			return len(kept.In([]conformance.File{f})) > 0
		})
	}
	all, err := r.Files(ctx, todo)
	if err != nil {
		return nil, err
	}
	all.Fill(kept)
	return all.In(files), all.Save(store)
}
