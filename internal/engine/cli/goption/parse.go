package goption

import (
	"slices"
	"strings"
)

// Parse reads a command line without the program's name and sets the options'
// variables. It returns the words that are no options, in order, "--" among
// them only where a word after it begins with '-', as GLib does.
//
// The error is ErrHelp or an Error. Where there is one, the variables hold
// whatever was set until then: GLib would put back their former values.
func Parse(options []Option, words []string) (rest []string, err error) {
	p := parser{options: options, words: words}
	for ; p.at < len(words); p.at++ {
		if err := p.word(words[p.at]); err != nil {
			return nil, err
		}
	}
	if p.ended && !p.keep {
		p.rest = slices.Delete(p.rest, p.separator, p.separator+1)
	}
	return p.rest, nil
}

// parser is the state between two words.
type parser struct {
	options   []Option
	words     []string
	at        int // the word that is read; its value, once that is taken
	rest      []string
	ended     bool // "--" was met
	separator int  // where in rest it is
	keep      bool // it has to stay there
}

func (p *parser) word(w string) error {
	switch {
	case p.ended || len(w) < 2 || w[0] != '-':
		p.keep = p.keep || p.ended && strings.HasPrefix(w, "-")
		p.rest = append(p.rest, w)
		return nil
	case w == "--":
		p.ended, p.separator = true, len(p.rest)
		p.rest = append(p.rest, w)
		return nil
	case w[1] == '-':
		return p.long(w)
	default:
		return p.short(w)
	}
}

func (p *parser) long(w string) error {
	name, value, has := strings.Cut(w[2:], "=")
	if !has && (name == "help" || name == "help-all") {
		return ErrHelp
	}
	i := slices.IndexFunc(p.options, func(o Option) bool { return o.Long == name })
	if i < 0 {
		return Error("Unknown option " + w)
	}
	o, as := &p.options[i], w[:2+len(name)]
	if !has && o.takes() {
		if p.last() {
			return Error("Missing argument for " + as)
		}
		p.at++
		value = p.words[p.at]
	}
	return o.set(as, value)
}

// short reads a word of one-letter options. GLib takes the value of each from
// the word after this one, and gives it out once.
func (p *parser) short(w string) error {
	taken := false
	for i := 1; i < len(w); i++ {
		c := w[i]
		if c == 'h' || c == '?' {
			return ErrHelp
		}
		at := slices.IndexFunc(p.options, func(o Option) bool { return o.Short == c })
		if at < 0 {
			return Error("Unknown option " + w)
		}
		o, as, value := &p.options[at], "-"+w[i:i+1], ""
		switch {
		case !o.takes():
		case taken:
			return Error("Error parsing option " + as)
		case p.last():
			return Error("Missing argument for " + as)
		default:
			value, taken = p.words[p.at+1], true
		}
		if err := o.set(as, value); err != nil {
			return err
		}
	}
	if taken {
		p.at++
	}
	return nil
}

// last reports whether no word follows.
func (p *parser) last() bool { return p.at+1 >= len(p.words) }
