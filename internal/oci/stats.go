package oci

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
)

// Unlimited is the value of a limit that is none.
const Unlimited = math.MaxUint64

// Stats are the figures of a container. nil is not known: the machine has no
// such controller, or the runtime does not say.
type Stats struct {
	MemoryUsage *uint64 // bytes
	MemoryLimit *uint64 // bytes, or Unlimited
	CPUUSec     *uint64 // microseconds of processor time since the start
	PIDs        *uint64
	PIDsLimit   *uint64 // or Unlimited
	OOMKills    *uint64
}

// Stats asks for the figures of a running container. The error wraps
// errors.ErrUnsupported for crun, which has no such verb: its control group has
// them.
func (r *Runtime) Stats(ctx context.Context, id string) (Stats, error) {
	var e statsEvent
	err := r.ask(ctx, call{verb: "events", id: id, flags: []string{"--stats"}}, &e)
	if err != nil {
		return Stats{}, err
	}
	if e.Type != "stats" {
		return Stats{}, &Error{Runtime: r.Name, Verb: "events", Err: errors.New("its answer has no stats")}
	}
	s := e.stats()
	if quirksOf(r.Name).foreignUsage && slices.ContainsFunc(r.argv(call{}), ignoresCgroups) {
		s.CPUUSec, s.MemoryLimit = nil, nil
	}
	return s, nil
}

// statsEvent is an event as runc(8) prints it, github.com/opencontainers/runc,
// types/events.go. Fields that are not there are not 0.
type statsEvent struct {
	Type string `json:"type"`
	Data struct {
		CPU struct {
			Usage struct {
				Total *uint64 `json:"total"` // nanoseconds
			} `json:"usage"`
		} `json:"cpu"`
		Memory struct {
			Usage struct {
				Limit *uint64 `json:"limit"`
				Usage *uint64 `json:"usage"`
			} `json:"usage"`
			Raw map[string]json.Number `json:"raw"`
		} `json:"memory"`
		PIDs struct {
			Current *uint64 `json:"current"`
			Limit   *uint64 `json:"limit"`
		} `json:"pids"`
	} `json:"data"`
}

// stats turns the event into figures. runc writes usage and limit also where
// there is no such controller; both are then 0 or left out, and no container has
// no memory, or no process.
func (e *statsEvent) stats() Stats {
	d := &e.Data
	s := Stats{CPUUSec: some(d.CPU.Usage.Total), MemoryUsage: some(d.Memory.Usage.Usage), PIDs: some(d.PIDs.Current)}
	if s.CPUUSec != nil {
		*s.CPUUSec /= 1000
	}
	if s.MemoryUsage != nil {
		s.MemoryLimit = limit(d.Memory.Usage.Limit)
	}
	if s.PIDs != nil {
		s.PIDsLimit = limit(d.PIDs.Limit)
	}
	if n, err := d.Memory.Raw["oom_kill"].Int64(); err == nil && n >= 0 {
		kills := uint64(n)
		s.OOMKills = &kills
	}
	return s
}

// some is nil for a figure that cannot be 0.
func some(n *uint64) *uint64 {
	if n == nil || *n == 0 {
		return nil
	}
	return n
}

// limit takes what stands for no limit to Unlimited: on cgroup v1 the largest
// int64, rounded down to a page.
func limit(n *uint64) *uint64 {
	n = some(n)
	if n == nil || *n < math.MaxInt64&^0xffff {
		return n
	}
	unlimited := uint64(Unlimited)
	return &unlimited
}
