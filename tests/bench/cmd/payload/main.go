// Payload is what the containers of the monitors' benchmarks run:
//
//	payload MODE DIR [ARGUMENT]...
//
// DIR has two FIFOs. Into "done" it writes "ready" when it could begin, then
// waits for a byte from "go", and when it is done it writes what that has
// taken: "WALL CPU", both in nanoseconds, CPU its own. Then it stays, but for
// seq, which ends.
//
//	lines SIZE TOTAL  writes TOTAL bytes in lines of SIZE, up to 64 KiB per write
//	bursts SIZE TOTAL N  as lines, N bytes for each further byte from "go"
//	seq SIZE COUNT    writes COUNT numbered lines of SIZE, up to 64 KiB per write
//	rate SIZE HZ SEC  writes HZ lines of SIZE per second, one per write
//	sink TOTAL        reads TOTAL bytes
//	echo              makes its terminal raw, writes R, and echoes from then on
//	idle              writes R when it is told to go
//
// lines, bursts and rate write a line "warm" before they are ready, which starts what a
// monitor starts for output, and a line "last" at the end. The content of a
// line says nothing else.
//
// It makes its system calls past the Go scheduler, which would take notice of
// each and cost more than the call; there is one thread that does anything, and
// it is deaf to the scheduler's signals.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
)

func main() {
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	blockSignals()
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "payload:", err)
		os.Exit(1)
	}
}

// modes are what the payload can do, with how many numbers each takes.
var modes = map[string]struct {
	numbers int
	do      func(g *gate, n []int) error
}{
	"lines": {2, lines}, "bursts": {3, lines}, "seq": {2, seq}, "rate": {3, rate},
	"sink": {1, sink}, "echo": {0, echo}, "idle": {0, idle},
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("want MODE DIR, got %q", args)
	}
	mode, ok := modes[args[0]]
	if !ok || len(args) != 2+mode.numbers {
		return fmt.Errorf("no such mode with %d arguments: %q", len(args)-2, args)
	}
	var numbers []int
	for _, a := range args[2:] {
		n, err := strconv.Atoi(a)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is not a number above 0", a)
		}
		numbers = append(numbers, n)
	}
	g, err := openGate(filepath.Join(args[1], "go"), filepath.Join(args[1], "done"))
	if err != nil {
		return err
	}
	return mode.do(g, numbers)
}
