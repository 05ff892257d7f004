package rig

import (
	"regexp"
	"strings"
)

// record is what every record of a k8s-file begins with. There is no other
// form of the time than this.
var record = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}[+-]\d\d:\d\d (stdout|stderr) ([FP]) `)

// Records returns a log file of the directory, record by record, without their
// times: "stdout F hello". What is no record is marked as such.
func (r *Run) Records(name string) []string {
	r.t.Helper()
	text := r.Read(name)
	if text == "none" || text == "" {
		return nil
	}
	var list []string
	for line := range strings.Lines(text) {
		m := record.FindStringSubmatch(line)
		if m == nil || !strings.HasSuffix(line, "\n") {
			list = append(list, "no record: "+line)
			continue
		}
		list = append(list, m[1]+" "+m[2]+" "+strings.TrimSuffix(line[len(m[0]):], "\n"))
	}
	return list
}

// Joined is Records with the pieces of a line joined, however it was cut.
func (r *Run) Joined(name string) []string {
	r.t.Helper()
	var list []string
	open := map[string]int{} // stream: index of its partial line + 1
	for _, rec := range r.Records(name) {
		stream, rest, _ := strings.Cut(rec, " ")
		tag, text, _ := strings.Cut(rest, " ")
		if i := open[stream]; i > 0 {
			_, before, _ := strings.Cut(strings.TrimPrefix(list[i-1], stream+" "), " ")
			list[i-1] = stream + " " + tag + " " + before + text
		} else {
			list = append(list, rec)
			open[stream] = len(list)
		}
		if tag == "F" {
			open[stream] = 0
		}
	}
	return list
}
