package docs

import (
	"fmt"
	"strings"
)

// step is one thing to do on a page.
type step struct {
	Line    int    // of the command, from 1
	Command string // for the shell
	Want    []string
	Silent  bool // Want says nothing: the command must succeed, whatever it writes
}

// left is a block that is not run.
type left struct {
	Line   int // of its fence, from 1
	Reason string
}

// page is what a page says to do.
type page struct {
	Steps []step
	Left  []left
}

const (
	fence   = "```"
	runMark = "<!-- run:"
	notMark = "<!-- not run:"
	endMark = "-->"
)

// parser goes through a page's lines.
type parser struct {
	lines  []string
	at     int
	reason string // of the next block
	page
}

// parsePage finds the commands of a page. Its errors begin with a line number.
func parsePage(text string) (page, error) {
	p := parser{lines: strings.Split(text, "\n")}
	for p.at < len(p.lines) {
		if err := p.next(); err != nil {
			return page{}, err
		}
	}
	if p.reason != "" {
		return page{}, fmt.Errorf("%d: no block follows %q", len(p.lines), notMark+" "+p.reason)
	}
	return p.page, nil
}

// next takes a line outside of blocks, or a whole block or comment.
func (p *parser) next() error {
	line := p.lines[p.at]
	switch {
	case strings.HasPrefix(line, fence):
		return p.block(strings.TrimPrefix(line, fence))
	case strings.HasPrefix(strings.TrimLeft(line, " \t>"), fence):
		return fmt.Errorf("%d: a fence must begin its line", p.at+1)
	case strings.HasPrefix(line, runMark), strings.HasPrefix(line, notMark):
		return p.comment()
	}
	p.at++
	return nil
}

// comment takes a comment to the test.
func (p *parser) comment() error {
	start := p.at
	var text []string
	for ; p.at < len(p.lines); p.at++ {
		line, ended := strings.CutSuffix(strings.TrimRight(p.lines[p.at], " "), endMark)
		text = append(text, line)
		if !ended {
			continue
		}
		p.at++
		return p.say(start+1, strings.TrimSpace(strings.Join(text, "\n")))
	}
	return fmt.Errorf("%d: the comment has no end", start+1)
}

func (p *parser) say(line int, comment string) error {
	if command, ok := strings.CutPrefix(comment, runMark); ok {
		p.Steps = append(p.Steps, step{Line: line, Command: strings.TrimSpace(command), Silent: true})
		return nil
	}
	if p.reason != "" {
		return fmt.Errorf("%d: no block follows %q", line, notMark+" "+p.reason)
	}
	p.reason = strings.TrimSpace(strings.TrimPrefix(comment, notMark))
	if p.reason == "" {
		return fmt.Errorf("%d: a block that is not run needs a reason", line)
	}
	return nil
}

// block takes a block, from one fence to the other.
func (p *parser) block(language string) error {
	start := p.at + 1
	var body []string
	for p.at++; ; p.at++ {
		if p.at == len(p.lines) {
			return fmt.Errorf("%d: the block has no end", start)
		}
		if p.lines[p.at] == fence {
			break
		}
		body = append(body, p.lines[p.at])
	}
	p.at++
	reason := p.reason
	p.reason = ""
	switch {
	case reason != "" && (language == "console" || language == "sh"):
		p.Left = append(p.Left, left{start, reason})
	case reason != "":
		return fmt.Errorf("%d: only console and sh blocks are run", start)
	case language == "console":
		return p.console(start+1, body)
	case language == "sh":
		p.Steps = append(p.Steps, step{Line: start + 1, Command: "(set -e\n" + strings.Join(body, "\n") + "\n)", Silent: true})
	case language == "":
		return noCommands(start+1, body)
	}
	return nil
}

// console takes commands and what they write.
func (p *parser) console(first int, body []string) error {
	open := false // the last line of the last command goes on
	for i, line := range body {
		last := len(p.Steps) - 1
		command, prompted := prompt(line)
		switch {
		case open:
			p.Steps[last].Command += "\n" + line
			open = strings.HasSuffix(line, `\`)
		case prompted:
			p.Steps = append(p.Steps, step{Line: first + i, Command: command})
			open = strings.HasSuffix(line, `\`)
		case i == 0:
			return fmt.Errorf("%d: a console block begins with a prompt", first)
		default:
			p.Steps[last].Want = append(p.Steps[last].Want, line)
		}
	}
	if open || len(body) == 0 {
		return fmt.Errorf("%d: the block ends before its command does", first+len(body))
	}
	return nil
}

// prompt cuts the prompt off a line that has one.
func prompt(line string) (command string, ok bool) {
	if command, ok = strings.CutPrefix(line, "# "); ok {
		return command, true
	}
	return strings.CutPrefix(line, "$ ")
}

// programs are what pages tell to run; a block without a language that begins
// a line with one of them has lost its language.
var programs = []string{"unitmon ", "make ", "systemctl ", "journalctl ", "podman ", "go "}

func noCommands(first int, body []string) error {
	for i, line := range body {
		_, ok := prompt(line)
		for _, program := range programs {
			ok = ok || strings.HasPrefix(line, program)
		}
		if ok {
			return fmt.Errorf("%d: a command, in a block that is neither console nor sh: %s", first+i, line)
		}
	}
	return nil
}
