package cli

// Exit says that the program is to print something and end: after --help and
// --version, and when there is something wrong.
type Exit struct {
	Code           int
	Stdout, Stderr string // to be printed as they are
}

// Error returns what is to be printed on standard error, if anything.
func (e *Exit) Error() string {
	if e.Stderr == "" {
		return "exit"
	}
	return e.Stderr
}

// early is a failure from before conmon's logging is set up. Those have a
// prefix of their own, and never go to syslog.
func early(text string) *Exit { return &Exit{Code: 1, Stderr: "conmon: " + text + "\n"} }
