package goption

import "errors"

// Option is one row of a table: its names, and the variable that it sets.
type Option struct {
	// Long is the name after "--". It is not empty and has no '='.
	Long string
	// Short is the letter after "-", 0 for none. 'h' and '?' are taken.
	Short byte
	// Hidden keeps the option out of the help.
	Hidden bool
	// Help is a line that describes the option.
	Help string
	// Into is where values go. Its type decides what the option takes: *bool
	// nothing, *int an integer of 32 bits, *int64 one of 64 bits, *string a
	// word, *[]string one word each time. Two options may share a variable.
	Into any
	// Given, if not nil, is set to true where the option is met. It tells an
	// empty value from none.
	Given *bool
}

// ErrHelp says that the command line asks for help. Nothing after that word
// was looked at.
var ErrHelp = errors.New("help is asked for")

// Error is what is wrong with a command line, in GLib's words.
type Error string

// Error returns the text.
func (e Error) Error() string { return string(e) }

// takes reports whether an option takes a value.
func (o *Option) takes() bool {
	_, flag := o.Into.(*bool)
	return !flag
}

// set gives the option a value; as is the option in the form in which it was
// met, for the error.
func (o *Option) set(as, value string) error {
	var err error
	switch into := o.Into.(type) {
	case *bool:
		*into = true
	case *string:
		*into = value
	case *[]string:
		*into = append(*into, value)
	case *int:
		var n int64
		if n, err = parseInteger(as, value, 32); err == nil {
			*into = int(n)
		}
	case *int64:
		var n int64
		if n, err = parseInteger(as, value, 64); err == nil {
			*into = n
		}
	default:
		panic("goption: --" + o.Long + " has no variable of a known type")
	}
	if err == nil && o.Given != nil {
		*o.Given = true
	}
	return err
}
