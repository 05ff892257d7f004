package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// chunk is how much is written and read at once.
const chunk = 64 << 10

// gate is the two FIFOs.
type gate struct {
	start, end int
	t0, cpu0   int64
}

func openGate(start, end string) (*gate, error) {
	g := new(gate)
	var err error
	if g.end, err = syscall.Open(end, syscall.O_WRONLY|syscall.O_CLOEXEC, 0); err != nil {
		return nil, &fs.PathError{Op: "open", Path: end, Err: err}
	}
	if g.start, err = syscall.Open(start, syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err != nil {
		return nil, &fs.PathError{Op: "open", Path: start, Err: err}
	}
	return g, nil
}

// wait says that the payload is ready and waits until it shall go.
func (g *gate) wait() error {
	if err := write(g.end, []byte("ready\n")); err != nil {
		return err
	}
	if n, err := read(g.start, make([]byte, 1)); err != nil || n == 0 {
		return fmt.Errorf("wait for go: %w", err)
	}
	g.t0, g.cpu0 = now(), cpu()
	return nil
}

// done reports what the time since wait has cost.
func (g *gate) done() error {
	return write(g.end, fmt.Appendf(nil, "%d %d\n", now()-g.t0, cpu()-g.cpu0))
}

// fill is a line of size bytes with its newline: ten digits for n, then letters
// in an order of the line's own. It does not end with white space, as few lines
// of real output do.
func fill(line []byte, n int) {
	x := uint32(n) + 1
	for i := min(9, len(line)-1); i >= 0; i-- {
		line[i] = byte('0' + n%10)
		n /= 10
	}
	for i := 10; i < len(line); i++ {
		x = x*1664525 + 1013904223
		line[i] = "abcdefghijklmnopqrstuvwxyz      "[x>>27]
	}
	line[max(0, len(line)-2)] = '.'
	line[len(line)-1] = '\n'
}

// block is as many lines of size as fit into a chunk, at least one.
func block(size int) []byte { return make([]byte, max(1, chunk/size)*size) }

var warm, last = []byte("warm\n"), []byte("last\n")

// lines is the modes lines and bursts.
func lines(g *gate, n []int) error {
	size, total := n[0], n[1]
	b := block(size)
	for i := 0; i < len(b); i += size {
		fill(b[i:i+size], i/size)
	}
	if err := write(1, warm); err != nil {
		return err
	}
	if err := g.wait(); err != nil {
		return err
	}
	for left := 0; total > 0; {
		if left == 0 {
			left = total
			if len(n) > 2 { // bursts
				left = min(total, n[2])
				if _, err := read(g.start, make([]byte, 1)); err != nil {
					return err
				}
			}
		}
		k := min(len(b), left)
		if err := write(1, b[:k]); err != nil {
			return err
		}
		left -= k
		total -= k
	}
	if err := write(1, last); err != nil {
		return err
	}
	if err := g.done(); err != nil {
		return err
	}
	return pause()
}

func seq(g *gate, n []int) error {
	size, count := n[0], n[1]
	b := block(size)
	if err := g.wait(); err != nil {
		return err
	}
	for i := 0; i < count; {
		k := 0
		for ; k < len(b) && i < count; k += size {
			fill(b[k:k+size], i)
			i++
		}
		if err := write(1, b[:k]); err != nil {
			return err
		}
	}
	return g.done()
}

func rate(g *gate, n []int) error {
	line, period := make([]byte, n[0]), int64(1e9)/int64(n[1])
	fill(line, 0)
	if err := write(1, warm); err != nil {
		return err
	}
	if err := g.wait(); err != nil {
		return err
	}
	// Those who were told at the same time do not write at the same time.
	at := g.t0 + int64(os.Getpid())*7919*1000%period
	for range n[1] * n[2] {
		at += period
		until(at)
		if err := write(1, line); err != nil {
			return err
		}
	}
	if err := write(1, last); err != nil {
		return err
	}
	if err := g.done(); err != nil {
		return err
	}
	return pause()
}

func sink(g *gate, n []int) error {
	b := make([]byte, chunk)
	if err := g.wait(); err != nil {
		return err
	}
	for total := n[0]; total > 0; {
		k, err := read(0, b)
		if err != nil {
			return err
		}
		if k == 0 {
			return fmt.Errorf("stdin: %w with %d bytes to come", io.ErrUnexpectedEOF, total)
		}
		total -= k
	}
	if err := g.done(); err != nil {
		return err
	}
	return pause()
}

func echo(g *gate, _ []int) error {
	if err := raw(0); err != nil {
		return err
	}
	if err := g.wait(); err != nil {
		return err
	}
	b := []byte("R")
	for {
		if err := write(1, b); err != nil {
			return err
		}
		if k, err := read(0, b); err != nil || k == 0 {
			return err
		}
	}
}

func idle(g *gate, _ []int) error {
	if err := g.wait(); err != nil {
		return err
	}
	if err := write(1, []byte("R\n")); err != nil {
		return err
	}
	if err := g.done(); err != nil {
		return err
	}
	return pause()
}
