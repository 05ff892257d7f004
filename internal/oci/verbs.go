package oci

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"github.com/opencontainers/runtime-spec/specs-go/features"
)

// Pause stops all processes of a running container where they are. In another
// state the runtimes differ, and runsc of 2022 ends in a panic: ask the state
// first, as internal/lifecycle does.
func (r *Runtime) Pause(ctx context.Context, id string) error {
	return r.run(ctx, call{verb: "pause", id: id})
}

// Resume lets the processes of a paused container go on.
func (r *Runtime) Resume(ctx context.Context, id string) error {
	return r.run(ctx, call{verb: "resume", id: id})
}

// Update changes limits of a container; what resources does not name stays. The
// error wraps errors.ErrUnsupported if the runtime cannot, as runsc of 2022.
func (r *Runtime) Update(ctx context.Context, id string, resources specs.LinuxResources) error {
	data, err := json.Marshal(resources)
	if err != nil {
		return fmt.Errorf("update %s: %w", id, err)
	}
	return r.run(ctx, call{
		verb: "update", id: id, flags: []string{"--resources", "-"}, stdin: bytes.NewReader(data),
	})
}

// GuestPIDs reports whether the container's processes are not the host's, as in
// a sandbox: their pids then mean something only inside the container.
func (r *Runtime) GuestPIDs() bool { return quirksOf(r.Name).guestPIDs }

// Processes gives the pids of a container's processes, ascending: of the host,
// or if GuestPIDs of the container.
func (r *Runtime) Processes(ctx context.Context, id string) ([]int, error) {
	var pids []int
	err := r.ask(ctx, call{verb: "ps", id: id, flags: []string{"--format", "json"}}, &pids)
	slices.Sort(pids)
	return pids, err
}

// List gives the containers in the runtime's state directory, by id.
func (r *Runtime) List(ctx context.Context) ([]specs.State, error) {
	var list []specs.State
	err := r.ask(ctx, call{verb: "list", flags: []string{"--format", "json"}}, &list)
	slices.SortFunc(list, func(a, b specs.State) int { return strings.Compare(a.ID, b.ID) })
	return list, err
}

// Features tells what the runtime can do, in the words of the specification. The
// error wraps errors.ErrUnsupported if it does not say: crun before 1.9, runsc.
func (r *Runtime) Features(ctx context.Context) (features.Features, error) {
	var f features.Features
	err := r.ask(ctx, call{verb: "features"}, &f)
	return f, err
}

// Version is the first line that the program prints for --version.
func (r *Runtime) Version(ctx context.Context) (string, error) {
	_, version, err := open(ctx, r.Path)
	line, _, _ := strings.Cut(version, "\n")
	return line, err
}

// answerMax bounds what is read of a runtime's answer. 64 KiB, as for messages,
// would cut the list of processes of a large container.
const answerMax = 4 << 20

// ask runs a verb that answers in JSON.
func (r *Runtime) ask(ctx context.Context, c call, into any) error {
	out := head{max: answerMax}
	c.stdout = &out
	run := r.run
	if c.id == "" && (c.verb == "list" || c.verb == "features") {
		run = r.execute
	}
	if err := run(ctx, c); err != nil {
		return err
	}
	if out.more {
		return &Error{Runtime: r.Name, Verb: c.verb, Err: fmt.Errorf("it answered more than %d bytes", answerMax)}
	}
	if err := json.Unmarshal(out.buf, into); err != nil {
		return &Error{Runtime: r.Name, Verb: c.verb, Err: fmt.Errorf("its answer: %w", err)}
	}
	return nil
}

// head keeps the first bytes written to it.
type head struct {
	buf  []byte
	max  int
	more bool // there were more
}

// Write never fails, so that a runtime is never stopped by what it prints.
func (h *head) Write(p []byte) (int, error) {
	room := min(len(p), h.max-len(h.buf))
	h.buf = append(h.buf, p[:room]...)
	h.more = h.more || room < len(p)
	return len(p), nil
}
