package glib

import (
	"math/rand/v2"
	"strings"

	"github.com/unitmon/unitmon/internal/engine/cli/goption"
)

// generator makes random command lines out of the names in a table.
type generator struct {
	*rand.Rand
	options []goption.Option
}

func newGenerator(seed uint64) *generator {
	return &generator{rand.New(rand.NewPCG(seed, 0)), table()}
}

// line is one to eight words.
func (g *generator) line() []string {
	words := make([]string, 1+g.IntN(8))
	for i := range words {
		words[i] = g.word()
	}
	return words
}

func (g *generator) word() string {
	switch g.IntN(12) {
	case 0, 1, 2:
		return "--" + g.name()
	case 3, 4:
		return "--" + g.name() + "=" + g.value()
	case 5, 6, 7:
		return "-" + g.letters()
	case 8:
		return g.spoilt()
	default:
		return g.value()
	}
}

func (g *generator) name() string { return g.options[g.IntN(len(g.options))].Long }

// letters are short options, with and without value, and now and then
// something that is none.
func (g *generator) letters() string {
	var b strings.Builder
	for range 1 + g.IntN(4) {
		switch o := g.options[g.IntN(len(g.options))]; {
		case g.IntN(25) == 0:
			b.WriteByte("z=-?h1 \xc3"[g.IntN(7)])
		case g.IntN(2) == 0:
			b.WriteByte("itse"[g.IntN(4)]) // flags, or a line is seldom right
		case o.Short != 0:
			b.WriteByte(o.Short)
		}
	}
	return b.String()
}

// spoilt is nearly an option.
func (g *generator) spoilt() string {
	name := g.name()
	switch g.IntN(6) {
	case 0:
		return "--" + name[:g.IntN(len(name))]
	case 1:
		return "--" + name + "x"
	case 2:
		return "---" + name
	case 3:
		return "--no-" + name
	case 4:
		return "-" + name
	default:
		return []string{"--help", "--help-all", "--help-x", "--help=", "-h", "-?", "--=x", "-=", "---", "-t-", "-t=x", "-it--"}[g.IntN(12)]
	}
}

// value is what an option may take, or a word of its own.
func (g *generator) value() string {
	values := []string{
		"", "-", "--", "--", "=", "x", "a=b", "x:y", "none", "journald:", "-1x", "grüße", "日本", " ", "\n", "%s", "“”",
		"0", "5", "-5", "+5", "+-5", "0x1f", "-0X1F", "0x", "0xg", "0x-5", "08", "010", "00", "1_0", "0b1", "0o7", "1e3", "5 ", " 5", "\t\v5",
		"2147483647", "2147483648", "-2147483648", "-2147483649", "0x7fffffff", "0x80000000", "017777777777", "020000000000",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "0x7fffffffffffffff",
		"99999999999999999999", "99999999999999999999x", "-99999999999999999999", "0xffffffffffffffffffffg", "00000000000000000000000000000000007",
	}
	return values[g.IntN(len(values))]
}
